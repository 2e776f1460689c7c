# shellcheck shell=bash
# Sourced by the scripts beside it: where things lie and who runs them.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=${RINGBRIDGE_LAB:-$(cd "$HERE/../.." && pwd)/build/lab}
# Whoever may not be root runs as this user when root starts it.
LAB_USER=${RINGBRIDGE_USER:-nobody}

die() { echo "tests/lab: $*" >&2; exit 1; }

RUN_AS=()
if [ "$(id -u)" = 0 ]; then
	RUN_AS=(setpriv "--reuid=$LAB_USER" "--regid=$(id -g "$LAB_USER")" --clear-groups --)
fi

as_user() { "${RUN_AS[@]}" "$@"; }

# begin PIDFILE LOG COMMAND...: in the background, in a session of its own, so that
# a Ctrl-C meant for the caller does not reach it.
begin() {
	local pidfile=$1 log=$2
	shift 2
	setsid "${RUN_AS[@]}" "$@" </dev/null >"$log" 2>&1 &
	echo $! >"$pidfile"
}

# A checkout in root's home is closed to everybody else: the lab then lives in
# /var/tmp, under root's name.
reachable_lab() {
	[ "$(id -u)" = 0 ] || return 0
	mkdir -p "$LAB"
	as_user test -x "$LAB" || LAB=/var/tmp/ringbridge-lab
}

# need_net NET: the three bytes of a loopback block, as "127.18.10".
need_net() {
	[[ ${1:-} =~ ^127\.[0-9]{1,3}\.[0-9]{1,3}$ ]] || die "which block? Say it as 127.18.10"
}

run_dir() { # NET KIND: where a server of that block keeps its files
	echo "${RINGBRIDGE_LAB_RUN:-$LAB/run}/$1/$2"
}

make_run_dir() {
	mkdir -p "$@"
	[ "$(id -u)" != 0 ] || chown "$LAB_USER" "$@"
}

alive() { # PIDFILE
	[ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

# stop PIDFILE SIGNAL: waits until it is gone; kills it after ten seconds.
stop() {
	local pid
	alive "$1" || { rm -f "$1"; return 0; }
	pid=$(cat "$1")
	kill "-$2" "$pid" 2>/dev/null || true
	for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
	kill -KILL "$pid" 2>/dev/null || true
	rm -f "$1"
}

# fill FILE NET RUN: a template with its places filled in.
fill() {
	sed -e "s#@NET@#$2#g" -e "s#@RUN@#$3#g" -e "s#@ROOT@#${ROOT:-}#g" -e "s#@MODULES@#${MODULES:-}#g" "$1"
}
