# shellcheck shell=bash disable=SC2034
# packages.sh -- which Debian packages each job needs, and how they get here.
#
# Sourced by quickstart and tests/run. Nothing that a package brings is started:
# a PostgreSQL or Kamailio that comes along must not become a server of this
# machine.

PACKAGES_BUILD="build-essential cmake ninja-build pkg-config ccache
	libre-dev libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libpq-dev libcjson-dev
	libexpat1-dev libldap-dev libcurl4-openssl-dev libphonenumber-dev libsodium-dev libssl-dev zlib1g-dev libsystemd-dev"
PACKAGES_RUN="postgresql postgresql-client"
PACKAGES_WEB="nodejs"
PACKAGES_UNIT="libcmocka-dev clang valgrind tryton-server tryton-modules-party python3-phonenumbers"
PACKAGES_FUZZ="clang llvm"
PACKAGES_PBX="ca-certificates apt-utils"
PACKAGES_INTEGRATION="chromium fonts-noto-cjk tryton-server tryton-modules-party tryton-sao python3-phonenumbers
	slapd radicale kamailio kamailio-presence-modules
	kamailio-extra-modules iproute2 procps dnsmasq-base openssl"

# The words of what is not installed yet, one a line.
packages_missing() {
	local p
	for p in "$@"; do
		case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null)" in
		ii*) ;;
		*) printf '%s\n' "$p" ;;
		esac
	done
}

# packages_apt SUDO ARGUMENT...: apt-get, which waits up to ten minutes while another
# apt-get (an unattended upgrade, say) holds its locks; it has no patience of its own
# for the lock of the lists.
packages_apt() {
	local sudo=$1 said rc
	shift
	said=$(mktemp) || return 1
	for _ in $(seq 120); do
		rc=0
		$sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get "$@" >/dev/null 2>"$said" || rc=$?
		[ "$rc" != 0 ] && grep -qE 'Could not get lock|Unable to (lock|acquire)' "$said" || break
		sleep 5
	done
	cat "$said" >&2
	rm -f "$said"
	return "$rc"
}

# packages_install "why" package...: as root, or by sudo; says what it lacks else.
packages_install() {
	local why=$1 missing sudo='' policy=/usr/sbin/policy-rc.d made='' rc=0
	shift
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "${missing// /}" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		sudo=$(command -v sudo) || {
			printf 'These packages are missing for %s, and there is no sudo to install them:\n  %s\nRun as root: apt-get install --no-install-recommends %s\n' \
				"$why" "$missing" "$missing" >&2
			return 1
		}
	fi
	printf 'Installing packages for %s: %s\n' "$why" "$missing"
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
		$sudo chmod +x $policy
		made=1
	fi
	# The lists may be absent or old; one update, then the install. $missing is
	# words on purpose.
	# shellcheck disable=SC2086
	{ packages_apt "$sudo" update -qq && packages_apt "$sudo" \
		install -y -qq --no-install-recommends $missing; } || rc=$?
	[ -z "$made" ] || $sudo rm -f $policy
	[ "$rc" = 0 ] || printf 'apt-get could not install them (exit %s); its message is above.\n' "$rc" >&2
	return "$rc"
}

# npm comes with Debian's nodejs only as a package of its own.
packages_npm() {
	command -v npm >/dev/null || packages_install "the web pages" npm
}
