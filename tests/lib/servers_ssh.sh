# shellcheck shell=bash
# servers_ssh.sh - how sshd and proftpd's mod_sftp are configured and started; servers.sh sources
# this.
# shellcheck disable=SC2154,SC2034 # name, port, set and command are the calling function's

# The key types of host keys and their file names: host_TYPE.
server__ssh_host_keys() {
	local dir=$1 type
	for type in ${2//,/ }; do
		case $type in
		rsa) ssh-keygen -q -N '' -C "$name" -t rsa -b 2048 -m PEM -f "$dir/host_rsa" ;;
		*) ssh-keygen -q -N '' -C "$name" -t "$type" -f "$dir/host_$type" ;;
		esac || return 1
	done
}

# joe's key, one for all servers of a file; who may log in with what is each server's own list.
server__ssh_user_key() {
	[[ -e $SERVERS_DIR/joe.key ]] ||
		ssh-keygen -q -N '' -C joe -t ed25519 -f "$SERVERS_DIR/joe.key" || return 1
	cat "$SERVERS_DIR/joe.key.pub" >"$1"
}

# What a client's known_hosts file says of the server.
server__ssh_known_hosts() {
	local dir=$1 key
	for key in "$dir"/host_*.pub; do
		printf '[%s]:%s ' "${set[address]}" "$port"
		cut -d ' ' -f 1,2 "$key"
	done >"$dir/known_hosts"
}

server__ssh_export() {
	local dir=$SERVERS_DIR/$name
	printf -v "${name}_KEY" %s "$SERVERS_DIR/joe.key"
	printf -v "${name}_KNOWN_HOSTS" %s "$dir/known_hosts"
	printf -v "${name}_AUTHORIZED_KEYS" %s "$dir/authorized_keys"
	printf -v "${name}_USER" %s "${set[user]}"
	# shellcheck disable=SC2163 # the names are built
	export "${name}_KEY" "${name}_KNOWN_HOSTS" "${name}_AUTHORIZED_KEYS" "${name}_USER"
}

# --- OpenSSH -------------------------------------------------------------------------------------

server__sshd_algorithms() {
	case ${set[algorithms]} in
	default) ;;
	modern)
		cat <<-END
			HostKeyAlgorithms ssh-ed25519
			KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256
			Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com
			RekeyLimit 16M
		END
		;;
	newest)
		cat <<-END
			HostKeyAlgorithms ssh-ed25519
			KexAlgorithms sntrup761x25519-sha512@openssh.com
			Ciphers chacha20-poly1305@openssh.com
		END
		;;
	old)
		cat <<-END
			HostKeyAlgorithms ssh-rsa
			PubkeyAcceptedAlgorithms +ssh-rsa
			KexAlgorithms diffie-hellman-group14-sha1
			Ciphers aes128-cbc
			MACs hmac-sha1
		END
		;;
	*)
		server__say "$name: no such algorithms: ${set[algorithms]}"
		return 1
		;;
	esac
}

# Those of auth= are on, the others off.
server__sshd_auth() {
	local methods=" ${set[auth]//,/ } "
	server__sshd_switch() {
		[[ $methods == *" $1 "* ]] && echo "$2 yes" || echo "$2 no"
	}
	server__sshd_switch publickey PubkeyAuthentication
	server__sshd_switch password PasswordAuthentication
	server__sshd_switch keyboard-interactive KbdInteractiveAuthentication
	server__sshd_switch keyboard-interactive UsePAM
	printf 'AuthenticationMethods %s\n' "${set[auth]}"
}

# sshd of 9.8 and later runs each connection in a program of its own, and shuts out an address for
# a while after logins that fail.
server__sshd_programs() {
	local programs=$SERVERS_ROOT/usr/lib/openssh
	[[ -e $programs/sshd-session ]] || return 0
	printf '%s\n' "SshdSessionPath $programs/sshd-session" 'PerSourcePenalties no'
	[[ ! -e $programs/sshd-auth ]] || printf '%s\n' "SshdAuthPath $programs/sshd-auth"
}

server__sshd_configure() {
	local dir=$SERVERS_DIR/$name mounts='' key
	{
		printf %s "${set[conf]}"
		[[ -z ${set[rekey]} ]] || printf 'RekeyLimit %s\n' "${set[rekey]}"
		server__sshd_algorithms || return 1
		server__sshd_auth
		server__sshd_programs
		cat <<-END
			ListenAddress ${set[address]}
			Port $port
			PidFile none
			StrictModes no
			UseDNS no
			LogLevel VERBOSE
			MaxStartups 200
			PrintMotd no
			AuthorizedKeysFile $dir/authorized_keys
			Subsystem sftp ${set[subsystem]:-$SERVERS_DIR/sftp-server}
		END
		for key in "$dir"/host_*.pub; do
			printf 'HostKey %s\n' "${key%.pub}"
		done
		[[ ${set[chroot]} != yes ]] || printf '%s\n' 'ChrootDirectory /mnt' 'ForceCommand internal-sftp'
	} >"$dir/sshd.conf"
	server__ssh_known_hosts "$dir"
	command=("$SERVERS_ROOT/usr/sbin/sshd" -D -e -f "$dir/sshd.conf")
	((EUID == 0)) || return 0
	rm -rf "$dir/user"
	mkdir "$dir/user"
	mounts=$(server__user_database "$dir/user")
	mounts+=$'\n''mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/sshd'
	mounts+=$'\n'$(server__full_mount)
	# Everything above a new root must belong to root alone, which is not so of what is in /tmp.
	[[ ${set[chroot]} != yes ]] || mounts+=$'\n'"mount --bind $(printf %q "$dir/jail") /mnt"
	server__privately "$mounts"
}

# A login as joe needs root, who alone can answer for another user; else the caller logs in to the
# own account, by key.
server__sshd_cannot() {
	if ((EUID == 0)); then
		server__can_mount || echo 'sshd as root needs private mounts'
	elif [[ ${set[auth]} != publickey ]]; then
		echo 'sshd checks passwords as root only'
	elif [[ ${set[chroot]} == yes || -n ${set[full]} ]]; then
		echo 'a root of its own and a full disk need root'
	fi
}

# sftp_peer.py as the subsystem; its mode is what NAME_MODE, a file, says.
server__sftp_peer() {
	local file
	for file in sftp_peer.py sftp_server.py; do
		install -m 644 "$SERVERS_LIB/$file" "$SERVERS_DIR/$file" || return 1
	done
	echo normal >"$1/mode"
	printf -v "${name}_MODE" %s "$1/mode"
	# shellcheck disable=SC2163 # the name is built
	export "${name}_MODE"
	set[subsystem]="/usr/bin/python3 $SERVERS_DIR/sftp_peer.py @$1/mode"
}

server_sshd() {
	local name=$1 why keys=ed25519,ecdsa,rsa
	local -A set=()
	server__settings "$name" root= address=127.0.0.1 denied=no full= conf= algorithms=default \
		auth=publickey rekey= chroot=no subsystem= hostkeys= -- "${@:2}" || return 1
	local dir=$SERVERS_DIR/$name
	set[scheme]=sftp
	set[user]=joe
	((EUID == 0)) || set[user]=$(id -un)
	set[prefix]=${set[root]}
	why=$(server__sshd_cannot)
	[[ -z $why ]] || {
		server__skip "$name" "$why"
		return 0
	}
	case ${set[algorithms]} in
	modern | newest) keys=ed25519 ;;
	old) keys=rsa ;;
	esac
	server__ssh_host_keys "$dir" "${set[hostkeys]:-$keys}" || return 1
	server__ssh_user_key "$dir/authorized_keys" || return 1
	# joe cannot reach what is unpacked in another's home.
	install -m 755 "$SERVERS_ROOT/usr/lib/openssh/sftp-server" "$SERVERS_DIR/sftp-server" || return 1
	[[ ${set[subsystem]} != peer ]] || server__sftp_peer "$dir" || return 1
	if [[ ${set[chroot]} == yes ]]; then
		mkdir "$dir/jail" && mv "${set[root]}" "$dir/jail/data" || return 1
		set[root]=$dir/jail/data
		set[prefix]=/data
	fi
	server__launch "$name" tcp server__sshd_configure && server__ssh_export
}

# --- proftpd's mod_sftp --------------------------------------------------------------------------

server__mod_sftp_configure() {
	local dir=$SERVERS_DIR/$name user=$SERVERS_USER group=$SERVERS_USER key uid gid
	((EUID == 0)) || { user=$(id -un) group=$(id -gn); }
	uid=$(id -u "$user")
	gid=$(id -g "$user")
	(
		umask 077
		printf '%s:%s:%s:%s::%s:/bin/sh\n' \
			joe "$(openssl passwd -6 "$JOE_PASSWORD")" "$uid" "$gid" "${set[root]}" >"$dir/users"
		printf '%s:*:%s:\n' "$group" "$gid" >"$dir/groups"
	)
	ssh-keygen -e -m RFC4716 -f "$dir/authorized_keys" >"$dir/authorized_keys.4716"
	{
		printf %s "${set[conf]}"
		cat <<-END
			ServerName netkit
			ServerType standalone
			DefaultAddress ${set[address]}
			Port $port
			SocketBindTight on
			UseIPv6 $([[ ${set[address]} == *:* ]] && echo on || echo off)
			UseReverseDNS off
			ModulePath $SERVERS_ROOT/usr/lib/proftpd
			$(server__proftpd_modules xfer ls)
			LoadModule mod_sftp.c
			SFTPEngine on
			SFTPLog $dir/sftp.log
			SFTPAuthMethods ${set[auth]//,/+}
			SFTPAuthorizedUserKeys file:$dir/authorized_keys.4716
			User $user
			Group $group
			AuthOrder mod_auth_file.c
			AuthUserFile $dir/users
			AuthGroupFile $dir/groups
			RequireValidShell off
			PidFile $dir/pid
			ScoreboardFile $dir/scoreboard
			ControlsEngine off
			ControlsSocket $dir/controls
			<IfModule mod_delay.c>
			DelayTable none
			DelayEngine off
			</IfModule>
			WtmpLog off
			TransferLog none
			SystemLog $dir/system.log
			TimesGMT on
			Umask 022
			AllowOverwrite on
			AllowStoreRestart on
		END
		((EUID != 0)) || printf 'DefaultRoot %s\n' "${set[root]}"
		for key in "$dir"/host_*.pub; do
			printf 'SFTPHostKey %s\n' "${key%.pub}"
		done
	} >"$dir/proftpd.conf"
	server__ssh_known_hosts "$dir"
	command=("$SERVERS_ROOT/usr/sbin/proftpd" -n -q -c "$dir/proftpd.conf")
	server__privately "$(server__full_mount)"
}

server_mod_sftp() {
	local name=$1
	local -A set=()
	server__settings "$name" root= address=127.0.0.1 denied=no full= conf= auth='publickey password' \
		hostkeys=ed25519,rsa -- "${@:2}" || return 1
	set[scheme]=sftp
	set[user]=joe
	set[prefix]=
	((EUID == 0)) || set[prefix]=${set[root]}
	if [[ -n ${set[full]} ]] && ! server__can_mount; then
		server__skip "$name" 'a full disk needs root and private mounts'
		return 0
	fi
	server__ssh_host_keys "$SERVERS_DIR/$name" "${set[hostkeys]}" || return 1
	server__ssh_user_key "$SERVERS_DIR/$name/authorized_keys" || return 1
	server__launch "$name" tcp server__mod_sftp_configure && server__ssh_export
}

# --- strangers -----------------------------------------------------------------------------------

server__ssh_peer_configure() {
	# shellcheck disable=SC2206 # several ports
	command=(python3 "$SERVERS_LIB/ssh_peer.py" "${set[address]}" "$port" "${set[mode]}" ${set[to]})
}

server_ssh_peer() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 mode= to= -- "${@:2}" || return 1
	set[scheme]=sftp
	set[user]=joe
	server__launch "$name" tcp server__ssh_peer_configure
}
