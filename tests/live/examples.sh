#!/usr/bin/env bats
# Every example that help shows, run as it stands but for the names of servers.

load ../lib/setup

setup_file() {
	server_vsftpd FTP
	server_proftpd FTPS login=joe write=yes tls=implicit
	server_sshd SSHD
	server_sshd TWO
	server_tftpd TFTP write=yes
	server_daytime CLOCK
}

# What the examples name on the servers.
fill_servers() {
	mkdir -p "$FTP_ROOT/pub/docs" "$FTPS_ROOT/in" "$SSHD_ROOT/srv/site" "$SSHD_ROOT/srv/in" \
		"$SSHD_ROOT/var/log" "$SSHD_ROOT/etc" "$TWO_ROOT/srv"
	seq 100 >"$FTP_ROOT/pub/docs/a.txt"
	seq 100 | tee "$FTP_ROOT/pub/a.txt" >"$SSHD_ROOT/srv/a.txt"
	random_file "$FTP_ROOT/pub/a.iso" 100000
	seq 100 | gzip >"$FTP_ROOT/log.gz"
	random_file "$SSHD_ROOT/srv/site/logo.png" 2000
	random_file "$SSHD_ROOT/srv/a.img" 2000
	random_file "$SSHD_ROOT/dump.gz" 2000
	echo hello >"$SSHD_ROOT/srv/hello.txt"
	echo 'sshd began' >"$SSHD_ROOT/var/log/syslog"
	gzip <"$SSHD_ROOT/var/log/syslog" >"$SSHD_ROOT/var/log/syslog.1.gz"
	echo 'a host' >"$SSHD_ROOT/etc/hosts"
	echo 'its settings' >"$SSHD_ROOT/config"
	local file
	for file in pxelinux.0 sw1.cfg vmlinuz boot.img; do
		echo "$file" >"$TFTP_ROOT/$file"
	done
	chown -R "$SERVERS_USER:$SERVERS_USER" "$FTPS_ROOT" "$SSHD_ROOT" "$TWO_ROOT" "$TFTP_ROOT"
}

# What they name here.
fill_here() {
	mkdir -p site logs "$HOME/.ssh" "$HOME/.config/netkit" bin
	echo a >a.txt
	echo report >report.txt
	echo page >site/index.html
	echo settings >startup.cfg
	cp "$JOE_PASSWORD_FILE" pw
	echo pwd >commands
	printf '%s\n' '# two of them' web db >hosts
	ln -s "$NETKIT" bin/netkit
	cat >"$HOME/.ssh/config" <<-END
		Host two
		Port $TWO_PORT
		UserKnownHostsFile $TWO_KNOWN_HOSTS
		Host web db gate one two router
		HostName 127.0.0.1
		Port $SSHD_PORT
		User joe
		IdentityFile $SSHD_KEY
		UserKnownHostsFile $SSHD_KNOWN_HOSTS
	END
	printf '%s\n' '[host localhost]' "ca = $CERTS/ca.pem" >"$HOME/.config/netkit/config"
}

# The examples on standard input, with the names that are only in books replaced.
localized() {
	sed -n -E -e '/^  netkit /!d' \
		-e "s,ftps://ftp\.example\.org,ftps://localhost:$FTPS_PORT," \
		-e "s,ftp://ftp\.example\.org,ftp://localhost:$FTP_PORT," \
		-e "s,ftp\.example\.org,localhost $FTP_PORT," \
		-e "s,tftp://(boot\.example\.org|192\.0\.2\.1),tftp://127.0.0.1:$TFTP_PORT," \
		-e "s,boot\.example\.org,127.0.0.1 $TFTP_PORT," \
		-e "s,time\.example\.org(:1013)?,127.0.0.1:$CLOCK_PORT," \
		-e 's,bob,joe,' \
		-e 's,sftp://([a-z@{}]*)/(srv|var|dump|etc),sftp://\1/~/\2,g' \
		-e 's,((web|one|two)):/,\1:,g' -e p
}

@test "every example does what it says" {
	((EUID == 0)) || skip "a login as joe needs root"
	server_need FTP FTPS SSHD TWO TFTP CLOCK
	fill_servers
	fill_here
	PATH=$PWD/bin:$PATH
	netkit --examples | localized >all
	(($(wc -l <all) == $(netkit --examples | grep -vc '^  #')))
	(($(wc -l <all) > 30))
	run ! grep -E 'example\.(org|com)|192\.0\.2' all
	local line failed=
	while IFS= read -r line; do
		status=0
		bash -o pipefail -c "$line" >said 2>&1 </dev/null || status=$?
		((status != 0)) || continue
		failed=yes
		printf 'exit %s: %s\n' "$status" "$line"
		cat said
	done <all
	[[ -z $failed ]]
	[[ $(<hello.web) == hello && $(<hello.db) == hello ]]
	cmp "$SSHD_ROOT/srv/a.img" "$TWO_ROOT/srv/a.img"
	cmp "$FTP_ROOT/pub/a.iso" a.iso
	[[ $(<out.img) == boot.img && $(<"$SSHD_ROOT/srv/site/index.html") == page ]]
}
