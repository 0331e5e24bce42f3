#!/bin/sh
# Install what building and testing netkit needs on Debian 12 and 13.
#
# usage: tests/lib/deps.sh [build|check|lint|bench|fuzz|picture]...     (check when none is named)
#
# Says nothing and changes nothing when all is there. Packages come from apt, as root or through
# sudo, and no service is started on the way. The servers that tests talk to are only unpacked, into
# ${NETKIT_SERVERS:-${XDG_CACHE_HOME:-~/.cache}/netkit-servers}: vsftpd and proftpd, and tftpd-hpa
# and atftpd, shut each other out in apt, and an unpacked server is never enabled as a service (sshd
# above all).
set -eu

SERVER_PACKAGES='vsftpd proftpd-core proftpd-mod-crypto tftpd-hpa atftpd xinetd'
SERVER_PACKAGES="$SERVER_PACKAGES openssh-server openssh-sftp-server dante-server tinyproxy-bin"
SERVERS=${NETKIT_SERVERS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/netkit-servers}
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# put here by netkit tests/lib/deps.sh while apt works'

say() {
	printf 'deps: %s\n' "$*"
}

fail() {
	printf 'deps: %s\n' "$*" >&2
	exit 1
}

# The compiler's runtime for sanitizers and libFuzzer has clang's version in its name.
clang_runtime() {
	depends=$(dpkg-query -W -f='${Depends}' clang 2>/dev/null) || depends=
	[ -n "$depends" ] || depends=$(apt-cache show clang 2>/dev/null | sed -n 's/^Depends: //p')
	version=$(printf '%s\n' "$depends" | sed -n 's/.*clang-\([0-9][0-9]*\).*/\1/p' | head -n 1)
	[ -n "$version" ] || fail 'cannot tell which version clang has: apt-get update, and try again'
	printf 'libclang-rt-%s-dev\n' "$version"
}

packages_of() {
	case $1 in
	build)
		echo gcc libc6-dev make pkg-config libinih-dev libssl-dev libssh2-1-dev zlib1g-dev libedit-dev
		;;
	check)
		packages_of build
		echo libcriterion-dev bats perl python3 openssl openssh-client strace socat lftp curl tftp-hpa \
			atftp busybox netbase iproute2 valgrind util-linux zsh fish bash-completion \
			groff-base mandoc parallel jq libedit2 tmux
		;;
	lint) echo clang clang-format cppcheck shellcheck ;;
	bench)
		echo openssh-client openssl lftp curl ncftp wget rclone tftp-hpa atftp busybox hyperfine \
			iproute2 python3 time
		;;
	picture) echo termtosvg openssh-client openssl jq python3 ;;
	fuzz) echo clang "$(clang_runtime)" ;;
	*) fail "no such group: $1 (build, check, lint, bench, fuzz, picture)" ;;
	esac
}

# Of the packages named, those that are not installed.
missing_of() {
	# shellcheck disable=SC2016 # the field is for dpkg-query
	dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
		awk -v wanted="$*" '
			$1 == "ii" { have[$2] = 1 }
			END {
				n = split(wanted, want, " ")
				for (i = 1; i <= n; i++)
					if (!(want[i] in have) && !(want[i] in told)) {
						told[want[i]] = 1
						printf "%s ", want[i]
					}
			}' || true
}

policy_restore() {
	if [ -e "$POLICY.netkit-saved" ] || [ -L "$POLICY.netkit-saved" ]; then
		mv -f "$POLICY.netkit-saved" "$POLICY"
	elif grep -qsF "$POLICY_MARK" "$POLICY"; then
		rm -f "$POLICY"
	fi
}

policy_forbid() {
	policy_restore # what an earlier run left when it was killed
	trap policy_restore EXIT
	trap 'exit 130' HUP INT TERM
	if [ -e "$POLICY" ] || [ -L "$POLICY" ]; then
		mv "$POLICY" "$POLICY.netkit-saved"
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
	chmod 755 "$POLICY"
}

# Runs as root: refresh the lists, then install the packages named, if any.
root_install() {
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	apt-get -qq -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 ||
		{ cat "$log" >&2; rm -f "$log"; fail 'apt-get update failed'; }
	if [ $# -gt 0 ]; then
		policy_forbid
		apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
			--no-install-recommends install "$@" >"$log" 2>&1 </dev/null ||
			{ cat "$log" >&2; rm -f "$log"; fail "apt-get install failed: $*"; }
	fi
	rm -f "$log"
}

as_root_install() {
	if [ "$(id -u)" -eq 0 ]; then
		(root_install "$@")
		return
	fi
	command -v sudo >/dev/null || fail "run as root: apt-get install --no-install-recommends $*"
	ask=-n
	[ ! -t 0 ] || ask=
	# shellcheck disable=SC2086 # no word at all when sudo may ask
	sudo $ask sh "$0" --root-install "$@" ||
		fail "sudo did not let this install: ${*:-the package lists}"
}

# Of the libraries the unpacked servers depend on, the names, as the packages say them.
libraries_of() {
	for deb in "$@"; do
		dpkg-deb -f "$deb" Pre-Depends Depends
	done | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
		sed -n 's/^ *\(lib[a-z0-9.+-]*\).*/\1/p' | sort -u
}

unpack_servers() {
	mkdir -p "$SERVERS"
	exec 9>"$SERVERS/lock"
	flock 9
	if [ "$(cat "$SERVERS/complete" 2>/dev/null)" = "$servers_id" ]; then
		return 0
	fi
	say "unpacking $SERVER_PACKAGES into $SERVERS"
	rm -rf "$SERVERS/root" "$SERVERS/deb" "$SERVERS/complete"
	mkdir -p "$SERVERS/deb" "$SERVERS/root"
	# shellcheck disable=SC2086 # a list of names
	(cd "$SERVERS/deb" && apt-get -qq -o APT::Sandbox::User=root download $SERVER_PACKAGES) ||
		fail "cannot download $SERVER_PACKAGES"
	for deb in "$SERVERS"/deb/*.deb; do
		dpkg-deb -x "$deb" "$SERVERS/root"
	done
	libraries_of "$SERVERS"/deb/*.deb >"$SERVERS/libraries"
	rm -rf "$SERVERS/deb"
	printf '%s\n' "$servers_id" >"$SERVERS/complete"
}

if [ "${1-}" = --root-install ]; then
	shift
	root_install "$@"
	exit
fi

command -v dpkg-query >/dev/null || fail 'this is for Debian: no dpkg-query here'
[ $# -gt 0 ] || set -- check

wanted=
servers=
for group; do
	packages=$(packages_of "$group") || exit 1
	wanted="$wanted $packages"
	case $group in check | bench | picture) servers=yes ;; esac
done

VERSION_ID=
# shellcheck source=/dev/null
. /etc/os-release
servers_id="debian ${VERSION_ID:-testing} $(uname -m): $SERVER_PACKAGES"
servers_unpacked=
if [ "$(cat "$SERVERS/complete" 2>/dev/null)" = "$servers_id" ]; then
	servers_unpacked=yes
	[ -z "$servers" ] || wanted="$wanted $(cat "$SERVERS/libraries")"
fi

# shellcheck disable=SC2086 # lists of names
missing=$(missing_of $wanted)
if [ -n "$missing" ] || { [ -n "$servers" ] && [ -z "$servers_unpacked" ]; }; then
	say "installing ${missing:-nothing but the servers}"
	# shellcheck disable=SC2086
	as_root_install $missing
fi
if [ -n "$servers" ] && [ -z "$servers_unpacked" ]; then
	unpack_servers
	# shellcheck disable=SC2046
	missing=$(missing_of $(cat "$SERVERS/libraries"))
	if [ -n "$missing" ]; then
		say "installing $missing"
		# shellcheck disable=SC2086
		as_root_install $missing
	fi
fi
# shellcheck disable=SC2086
missing=$(missing_of $wanted)
[ -z "$missing" ] || fail "still missing: $missing"
