#!/bin/sh
# Run a command as a container's first; end as it ends, but wait, unhealthy, where only a person can help.
#
# Docker can restart always, never or after failures, and not by exit status. Of doctocbot's, 2 (configuration or secret
# wrong), 4 (session ended) and 5 (must not serve) do not mend by starting again: a loop of starts would hide the line
# that says what to do, and ask the homeserver over and over. `run` alone waits like that; other commands simply end.
set -u

case " $* " in
*" run "*) ;;
*) exec "$@" ;;
esac

"$@" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT
wait "$child"
status=$?
# A signal ends the first wait, not the bot, which finishes what it is at.
while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    status=$?
done
trap - TERM INT

case "$status" in
2 | 4 | 5)
    echo "doctocbot ended with status $status and waits for a person: see the line above, then restart the container." >&2
    exec sleep infinity
    ;;
esac
exit "$status"
