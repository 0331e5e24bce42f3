#!/usr/bin/env bash
# tour.sh PICTURE - a few commands on real servers, recorded in a terminal as a picture (SVG).
#
# The servers run on loopback and are stopped again. What the terminal of 80 columns showed in the
# end is the picture, made by termtosvg; its text is text. "make picture" calls this.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOUR_ROWS=32

# --- in the terminal ---

# Show a command as if it were typed, and run it.
show() {
	printf '\033[32m$\033[0m \033[1m%s\033[0m\n' "$1"
	eval "$1" || true
}

# has VERB: is there such a verb yet?
has() {
	netkit --help | grep -q "^  $1 "
}

tour() {
	clear
	show 'netkit ls sftp://web/srv/site/'
	show 'netkit get --progress=bar sftp://web/srv/disk.img'
	show 'netkit get --recursive @mirror/docs/ docs     # @mirror: a profile'
	show 'netkit cp @mirror/notes.txt sftp://db/srv/    # from one server to another'
	show 'netkit cat sftp://db/srv/notes.txt | sort | head -2'
	has sync && show 'netkit sync --dry-run docs/ sftp://db/srv/docs/ | head -3'
	has probe && show 'netkit probe --output=nagios --warn=1s sftp://web'
	show "netkit find --json --larger=1M sftp://web/srv/ | jq -c '{name, size}'"
	show 'netkit get --hosts=hosts sftp://{}/srv/motd motd.{}'
	show 'cat motd.*'
	show "netkit cat @mirror/missing; echo \$?           # curl's numbers, everywhere"
	# The last frame is the one that is kept.
	sleep 0.5
}

if [[ ${1-} == --in-terminal ]]; then
	tour
	exit
fi

# --- what it needs ---

# What the commands find; $TOUR is the working folder.
fill() {
	local server n
	for server in WEB DB; do
		local jail=$SERVERS_DIR/$server/jail
		mkdir -p "$jail/srv"
		echo "${server,,}, at your service" >"$jail/srv/motd"
	done
	mkdir -p "$SERVERS_DIR/WEB/jail/srv/site" "$FTP_ROOT/docs"
	seq 40 >"$SERVERS_DIR/WEB/jail/srv/site/index.html"
	head -c 20k /dev/zero >"$SERVERS_DIR/WEB/jail/srv/site/logo.png"
	mkdir "$SERVERS_DIR/WEB/jail/srv/site/news"
	head -c 256M /dev/zero >"$SERVERS_DIR/WEB/jail/srv/disk.img"
	for n in 1 2 3 4 5; do seq "$((n * 100))" >"$FTP_ROOT/docs/chapter$n.txt"; done
	printf '%s\n' 'what is plain' 'and simple' 'stays' >"$FTP_ROOT/notes.txt"
	chown -R "$SERVERS_USER" "$SERVERS_DIR"/{WEB,DB}/jail/srv
}

# The settings of somebody who works with these servers.
settle() {
	mkdir -p "$HOME/.ssh" "$HOME/.config/netkit" "$TOUR/bin"
	cat >"$HOME/.ssh/config" <<-END
		Host web
		Port $WEB_PORT
		UserKnownHostsFile $WEB_KNOWN_HOSTS
		Host db
		Port $DB_PORT
		UserKnownHostsFile $DB_KNOWN_HOSTS
		Host *
		HostName 127.0.0.1
		User joe
		IdentityFile $WEB_KEY
	END
	# A bar is shown where one is asked for, and not when the machine happens to be slow.
	printf '%s\n' '[defaults]' 'progress = none' '[profile mirror]' "url = ftp://localhost:$FTP_PORT/" \
		>"$HOME/.config/netkit/config"
	printf '%s\n' web db >"$TOUR/hosts"
	ln -s "$(cd "$here/../.." && pwd)/build/netkit" "$TOUR/bin/netkit"
}

picture=${1:?usage: tour.sh PICTURE}
[[ $picture == /* ]] || picture=$PWD/$picture
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
((EUID == 0)) || {
	echo 'tour.sh: the servers need root' >&2
	exit 1
}
servers_open
server_sshd WEB chroot=yes
server_sshd DB chroot=yes
server_vsftpd FTP
TOUR=$SERVERS_DIR/tour
export HOME=$SERVERS_DIR/home LC_ALL=C.UTF-8 TZ=UTC PATH=$TOUR/bin:$PATH TERM=xterm-256color
mkdir "$TOUR" "$SERVERS_DIR/frames"
fill
settle
# termtosvg itself wants a terminal.
(cd "$TOUR" && python3 "$here/typed.py" -- termtosvg "$SERVERS_DIR/frames" --still-frames \
	-g "80x$TOUR_ROWS" -t window_frame -c "$here/tour.sh --in-terminal" >/dev/null)
last=$(find "$SERVERS_DIR/frames" -name '*.svg' | sort | tail -n 1)
# Blanks, the line that text stands on and its width as every reader of SVG understands them: a
# character of the font is 0.602 of its size and has 8 pixels.
sed -e 's/font-size: 14px/font-size: 13.29px/' -e 's/<svg /<svg xml:space="preserve" /' -e 's/dominant-baseline: text-before-edge;//' \
	-e 's/<text x=/<text y="13" x=/g' "$last" >"$picture"
servers_stop
echo "$picture: $(stat -c %s "$picture") bytes"
