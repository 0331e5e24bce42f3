# shellcheck shell=bash
# servers_kinds.sh - how each server is configured and started; servers.sh sources this.
# shellcheck disable=SC2154 # name, port and set are the calling function's

# --- FTP -----------------------------------------------------------------------------------------

# OpenSSL's own settings hold a server to one version where it has no option of its own.
server__tls_version() {
	local file=$1
	[[ -n ${set[tls_version]} ]] || return 0
	cat >"$file" <<-END
		openssl_conf = init
		[init]
		ssl_conf = ssl
		[ssl]
		system_default = default
		[default]
		MinProtocol = TLSv${set[tls_version]}
		MaxProtocol = TLSv${set[tls_version]}
	END
	command=(env "OPENSSL_CONF=$file" "${command[@]}")
}

server__ftp_settings() {
	server__settings "$1" root= address=127.0.0.1 login=anonymous write=no tls=off cert=good \
		tls_version= reuse=no client_cert=no force_tls=no denied=no full= conf= \
		"${ftp_defaults[@]}" -- "${@:2}" || return 1
	set[scheme]=ftp
	set[user]=
	set[prefix]=
	[[ ${set[tls]} != implicit ]] || set[scheme]=ftps
	[[ ${set[login]} != joe ]] || set[user]=joe
	((EUID == 0)) || set[prefix]=${set[root]}
}

server__upper() {
	[[ $1 == yes ]] && echo YES || echo NO
}

server__vsftpd_configure() {
	local dir=$SERVERS_DIR/$name mounts
	mkdir -p "$dir/empty"
	{
		cat <<-END
			background=NO
			seccomp_sandbox=NO
			isolate=NO
			isolate_network=NO
			secure_chroot_dir=$dir/empty
			xferlog_enable=YES
			log_ftp_protocol=YES
			vsftpd_log_file=$dir/ftp.log
			delay_failed_login=0
			use_localtime=NO
			allow_writeable_chroot=YES
			dirmessage_enable=NO
			anon_world_readable_only=NO
			anon_umask=022
			local_umask=022
			nopriv_user=$SERVERS_USER
			ftp_username=$SERVERS_USER
			anon_root=${set[root]}
			write_enable=$(server__upper "${set[write]}")
			anon_upload_enable=$(server__upper "${set[write]}")
			anon_mkdir_write_enable=$(server__upper "${set[write]}")
			anon_other_write_enable=$(server__upper "${set[write]}")
		END
		if [[ ${set[address]} == *:* ]]; then
			printf '%s\n' listen=NO listen_ipv6=YES "listen_address6=${set[address]}"
		else
			printf '%s\n' listen=YES "listen_address=${set[address]}"
		fi
		printf '%s\n' "listen_port=$port"
		if [[ ${set[login]} == joe ]]; then
			printf '%s\n' anonymous_enable=NO local_enable=YES chroot_local_user=YES \
				pam_service_name=netkit "local_root=${set[root]}" check_shell=NO
		else
			printf '%s\n' anonymous_enable=YES local_enable=NO no_anon_password=NO
		fi
		((EUID == 0)) || echo run_as_launching_user=YES
		[[ ${set[tls]} == off ]] || cat <<-END
			ssl_enable=YES
			allow_anon_ssl=YES
			implicit_ssl=$([[ ${set[tls]} == implicit ]] && echo YES || echo NO)
			ssl_ciphers=HIGH
			rsa_cert_file=$CERTS/${set[cert]}.pem
			rsa_private_key_file=$CERTS/${set[cert]}.key
			ca_certs_file=$CERTS/ca.pem
			force_local_logins_ssl=$(server__upper "${set[force_tls]}")
			force_local_data_ssl=$(server__upper "${set[force_tls]}")
			force_anon_logins_ssl=$(server__upper "${set[force_tls]}")
			force_anon_data_ssl=$(server__upper "${set[force_tls]}")
			require_ssl_reuse=$(server__upper "${set[reuse]}")
			require_cert=$(server__upper "${set[client_cert]}")
			validate_cert=$(server__upper "${set[client_cert]}")
		END
		printf %s "${set[conf]}"
	} >"$dir/vsftpd.conf"
	command=("$SERVERS_ROOT/usr/sbin/vsftpd" "$dir/vsftpd.conf")
	server__tls_version "$dir/openssl.cnf"
	mounts=$(server__full_mount)
	if [[ ${set[login]} == joe ]]; then
		rm -rf "$dir/user"
		mkdir "$dir/user"
		mounts+=$'\n'$(server__user_database "$dir/user")
	fi
	server__privately "$mounts"
}

# vsftpd refuses anonymous users a root they could write; incoming/ is where they can.
server__vsftpd_incoming() {
	[[ ${set[write]} != yes ]] || install -d -m 755 "${set[root]}/incoming"
	((EUID == 0)) || return 0
	chown root:root "${set[root]}"
	[[ ${set[write]} != yes ]] || chown "$SERVERS_USER:$SERVERS_USER" "${set[root]}/incoming"
}

server_vsftpd() {
	local name=$1 ftp_defaults=()
	local -A set=()
	server__ftp_settings "$@" || return 1
	if [[ ${set[login]} == joe || -n ${set[full]} ]] && ! server__can_mount; then
		server__skip "$name" 'a vsftpd login and a full disk need root and private mounts'
		return 0
	fi
	[[ ${set[login]} != anonymous ]] || server__vsftpd_incoming
	server__launch "$name" tcp server__vsftpd_configure
}

server__proftpd_tls() {
	local options=
	[[ ${set[reuse]} == yes ]] || options+=' NoSessionReuseRequired'
	[[ ${set[tls]} != implicit ]] || options+=' UseImplicitSSL'
	cat <<-END
		LoadModule mod_tls.c
		<IfModule mod_tls.c>
		TLSEngine on
		TLSLog $SERVERS_DIR/$name/tls.log
		TLSECCertificateFile $CERTS/${set[cert]}.pem
		TLSECCertificateKeyFile $CERTS/${set[cert]}.key
		TLSCACertificateFile $CERTS/ca.pem
		TLSRenegotiate none
		TLSVerifyClient $([[ ${set[client_cert]} == yes ]] && echo on || echo off)
		TLSRequired $([[ ${set[force_tls]} == yes ]] && echo on || echo off)
		${set[tls_version]:+TLSProtocol TLSv${set[tls_version]}}
		${options:+TLSOptions$options}
		</IfModule>
	END
}

# ftpquota wants to work in its folder; joe's limit is on bytes uploaded.
server__proftpd_quota() {
	local dir=$1
	mkdir -p "$dir"
	(
		cd "$dir" || exit 1
		"$SERVERS_ROOT/usr/sbin/ftpquota" --create-table --type=limit
		"$SERVERS_ROOT/usr/sbin/ftpquota" --create-table --type=tally
		"$SERVERS_ROOT/usr/sbin/ftpquota" --add-record --type=limit --name=joe --quota-type=user \
			--limit-type=hard --bytes-upload="${set[quota]}"
	) >"$dir/log" 2>&1 || { cat "$dir/log" >&2; return 1; }
	cat <<-END
		LoadModule mod_quotatab.c
		LoadModule mod_quotatab_file.c
		QuotaEngine on
		QuotaLimitTable file:$dir/ftpquota.limittab
		QuotaTallyTable file:$dir/ftpquota.tallytab
	END
}

# Debian 13 keeps in modules what is compiled in on Debian 12.
server__proftpd_modules() {
	local module
	for module; do
		[[ ! -e $SERVERS_ROOT/usr/lib/proftpd/mod_$module.so ]] || echo "LoadModule mod_$module.c"
	done
}

server__proftpd_configure() {
	local dir=$SERVERS_DIR/$name user=$SERVERS_USER group=$SERVERS_USER quota='' uid gid
	((EUID == 0)) || { user=$(id -un) group=$(id -gn); }
	if [[ -n ${set[quota]} ]]; then
		rm -rf "$dir/quota"
		quota=$(server__proftpd_quota "$dir/quota") || return 1
	fi
	uid=$(id -u "$user")
	gid=$(id -g "$user")
	(
		umask 077
		printf '%s:%s:%s:%s::%s:/bin/sh\n' \
			joe "$(openssl passwd -6 "$JOE_PASSWORD")" "$uid" "$gid" "${set[root]}" \
			"$user" '*' "$uid" "$gid" "${set[root]}" >"$dir/users"
		printf '%s:*:%s:\n' "$group" "$gid" >"$dir/groups"
	)
	{
		cat <<-END
			ServerName netkit
			ServerType standalone
			DefaultAddress ${set[address]}
			Port $port
			SocketBindTight on
			UseIPv6 $([[ ${set[address]} == *:* ]] && echo on || echo off)
			UseReverseDNS off
			ModulePath $SERVERS_ROOT/usr/lib/proftpd
			$(server__proftpd_modules xfer ls digest deflate)
			DigestEngine on
			DeflateEngine on
			User $user
			Group $group
			AuthOrder mod_auth_file.c
			AuthUserFile $dir/users
			AuthGroupFile $dir/groups
			RequireValidShell off
			UseFtpUsers off
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
			SystemLog $dir/ftp.log
			ExtendedLog $dir/commands.log ALL
			LogFormat default "%m %J -> %s"
			TimesGMT on
			Umask 022
			AllowOverwrite on
			AllowStoreRestart on
		END
		((EUID != 0)) || printf 'DefaultRoot %s\n' "${set[root]}"
		[[ ${set[tls]} == off ]] || server__proftpd_tls
		[[ ${set[mlsd]} == yes ]] || printf '%s\n' 'FactsAdvertise off' '<Limit MLSD MLST>' DenyAll '</Limit>'
		[[ ${set[write]} == yes ]] || printf '%s\n' '<Limit WRITE>' DenyAll '</Limit>'
		[[ -z $quota ]] || printf '%s\n' "$quota"
		[[ ${set[login]} != anonymous ]] || cat <<-END
			<Anonymous ${set[root]}>
			User $user
			Group $group
			UserAlias anonymous $user
			$([[ ${set[write]} == yes ]] || printf '%s\n' '<Limit WRITE>' DenyAll '</Limit>')
			</Anonymous>
		END
		printf %s "${set[conf]}"
	} >"$dir/proftpd.conf"
	command=("$SERVERS_ROOT/usr/sbin/proftpd" -n -q -c "$dir/proftpd.conf")
	server__privately "$(server__full_mount)"
}

server_proftpd() {
	local name=$1 ftp_defaults=(mlsd=yes quota=)
	local -A set=()
	server__ftp_settings "$@" || return 1
	if [[ -n ${set[full]} ]] && ! server__can_mount; then
		server__skip "$name" 'a full disk needs root and private mounts'
		return 0
	fi
	if [[ ${set[login]} == anonymous ]] && ((EUID != 0)); then
		server__skip "$name" 'anonymous proftpd changes its root, which needs root'
		return 0
	fi
	server__launch "$name" tcp server__proftpd_configure
}

# --- TFTP, daytime -------------------------------------------------------------------------------

server__tftp_settings() {
	server__settings "$1" root= address=127.0.0.1 write=no denied=no full= conf= -- "${@:2}" || return 1
	set[scheme]=tftp
	if [[ -n ${set[full]} ]] && ! server__can_mount; then
		server__skip "$1" 'a full disk needs root and private mounts'
		return 2
	fi
}

server__tftpd_configure() {
	local address=${set[address]}
	[[ $address != *:* ]] || address="[$address]"
	command=("$SERVERS_ROOT/usr/sbin/in.tftpd" -L -v -a "$address:$port" -u "$SERVERS_USER" -p -U 022)
	[[ ${set[write]} != yes ]] || command+=(-c)
	command+=(-s "${set[root]}")
	server__privately "$(server__full_mount)"
}

# tftpd-hpa. conf= does not apply. With write=no only what exists and may be written is replaced.
server_tftpd() {
	local name=$1 result
	local -A set=()
	server__tftp_settings "$@" || { result=$? && ((result == 2)); return; }
	if ((EUID != 0)); then
		server__skip "$name" 'tftpd-hpa listens without root, and answers nothing'
		return 0
	fi
	server__launch "$name" udp server__tftpd_configure
}

server__atftpd_configure() {
	local user=$SERVERS_USER.$SERVERS_USER
	((EUID == 0)) || user=$(id -un).$(id -gn)
	command=("$SERVERS_ROOT/usr/sbin/atftpd" --daemon --no-fork --logfile - --verbose=7 --user "$user"
		--port "$port" --bind-address "${set[address]}" "${set[root]}")
	server__privately "$(server__full_mount)"
}

# atftpd always lets files be created where the folder allows it.
server_atftpd() {
	local name=$1 result
	local -A set=()
	server__tftp_settings "$@" || { result=$? && ((result == 2)); return; }
	if [[ ${set[address]} == *:* ]]; then
		server__skip "$name" 'atftpd listens on an IPv6 address, and answers nothing'
		return 0
	fi
	[[ ${set[write]} == yes ]] || chmod -R a-w "${set[root]}"
	server__launch "$name" udp server__atftpd_configure
}

server__xinetd_configure() {
	local dir=$SERVERS_DIR/$name kind
	{
		printf 'defaults\n{\n\tlog_type = FILE %s\n\tcps = 1000 1\n\tinstances = UNLIMITED\n}\n' "$dir/xinetd.log"
		for kind in 'stream tcp no' 'dgram udp yes'; do
			# shellcheck disable=SC2086 # three words
			set -- $kind
			cat <<-END
				service ${set[service]}
				{
					type = INTERNAL UNLISTED
					id = ${set[service]}-$1
					socket_type = $1
					protocol = $2
					wait = $3
					port = $port
					bind = ${set[address]}
					user = $(id -un)
					disable = no
				}
			END
		done
	} >"$dir/xinetd.conf"
	command=("$SERVERS_ROOT/usr/sbin/xinetd" -dontfork -pidfile "$dir/pid" -f "$dir/xinetd.conf")
}

server_daytime() {
	local name=$1 pid=$1_PID port=$1_PORT
	local -A set=()
	server__settings "$name" address=127.0.0.1 service=daytime -- "${@:2}" || return 1
	set[scheme]=${set[service]}
	# xinetd opens its services in their order, TCP before UDP.
	server__launch "$name" udp server__xinetd_configure &&
		server__listens "${!pid}" tcp "${!port}"
}

# --- fronts and dead ends ------------------------------------------------------------------------

server__bad_tls_configure() {
	command=(socat "OPENSSL-LISTEN:$port,bind=${set[address]},reuseaddr,fork,verify=0,cert=$CERTS/${set[cert]}.both.pem"
		"TCP4:127.0.0.1:${set[to]}")
}

server_bad_tls() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 to= cert=expired scheme=ftps -- "${@:2}" || return 1
	server__launch "$name" tcp server__bad_tls_configure
}

server__silent_configure() {
	command=(socat -u "TCP-LISTEN:$port,bind=${set[address]},reuseaddr,fork" OPEN:/dev/null)
}

server_silent() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 scheme=ftp -- "${@:2}" || return 1
	server__launch "$name" tcp server__silent_configure
}

# ftp_peer.py with the file named; its mode is what NAME_MODE, a file, says, and NAME_SEEN what it saw.
server__ftp_peer_configure() {
	local dir=$SERVERS_DIR/$name
	command=(python3 -B "$SERVERS_LIB/ftp_peer.py" "$port" "${set[file]}" "$dir/seen" "$dir/mode")
}

server_ftp_peer() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 scheme=ftp file= -- "${@:2}" || return 1
	echo good >"$SERVERS_DIR/$name/mode"
	printf -v "${name}_MODE" %s "$SERVERS_DIR/$name/mode"
	printf -v "${name}_SEEN" %s "$SERVERS_DIR/$name/seen"
	# shellcheck disable=SC2163 # the names are built
	export "${name}_MODE" "${name}_SEEN"
	server__launch "$name" tcp server__ftp_peer_configure
}

server_refused() {
	local name=$1
	local -A set=()
	server__settings "$name" address=127.0.0.1 scheme=ftp -- "${@:2}" || return 1
	server__export "$name" "$(server_free_port)" ''
}

# with_full_disk SIZE DIR COMMAND...: run it where DIR is a disk of that size (root only; 77 if not).
with_full_disk() {
	local size=$1 dir=$2
	shift 2
	server__can_mount || return 77
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -ec '
		mount -t tmpfs -o "size=$1" tmpfs "$2"
		shift 2
		exec "$@"' sh "$size" "$dir" "$@"
}
