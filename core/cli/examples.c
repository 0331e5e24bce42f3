/* examples.c - command lines of netkit itself, whose first word is a verb. */
#include "help.h"

const struct nk_example nk_examples[] = {
	{ "get sftp://web/srv/site/logo.png", "fetch a file into the working folder" },
	{ "get --recursive ftp://ftp.example.org/pub/docs/ docs", "fetch what is in a folder" },
	{ "put report.txt sftp://web/srv/in/", "send a file" },
	{ "ls --json ftp://ftp.example.org/pub/", "a listing as JSON, one object a line" },
	{ "stat sftp://web/srv/site/logo.png", "what is known of a file" },
	{ "cat tftp://boot.example.org/sw1.cfg", "print a file" },
	{ "cp tftp://boot.example.org/sw1.cfg sftp://web/srv/in/", "from one server to another" },
	{ "find sftp://web/srv/ --name='*.png' --larger=1k", "files by name and size" },
	{ "du --summary sftp://web/srv/site", "how much a folder takes" },
	{ "df sftp://web/srv/", "how much room is left" },
	{ "mkdir --parents sftp://web/srv/in/2026/11", "a folder and those above it" },
	{ "chmod go-w sftp://web/srv/in/report.txt", "change permissions" },
	{ "ln --symbolic sftp://web/srv/in/report.txt latest.txt", "another name for a file" },
	{ "mv sftp://web/srv/in/report.txt report.old", "give a file a new name" },
	{ "rm sftp://web/srv/in/report.old", "remove a file" },
	{ "rmdir sftp://web/srv/in/2026/11", "remove an empty folder" },
	{ "get --hosts=hosts sftp://{}/srv/hello.txt hello.{}", "a file from each host of a list" },
	{ "ls --hosts=hosts --ordered sftp://{}/srv/", "list a folder of each, in that order" },
	{ "config check", "what is wrong in the config files" },
	{ 0 },
};
