#!/bin/sh
# nightly.sh CARBONLEDGER BANK LOG: one accounting. Silent when all is well; else one line for the mail.
set -u
carbonledger=$1 bank=$2 log=$3
tries=3

while :; do
    "$carbonledger" run "$bank" --new-only --by nightly --log json >/dev/null 2>>"$log"
    code=$?
    tries=$((tries - 1))
    case $code in
        69 | 75) [ "$tries" -gt 0 ] && sleep "${WAIT:-600}" && continue ;; # it passes: try again
    esac
    break
done

case $code in
    0) ;;       # a new run is sealed, as a draft
    99) exit 0 ;; # the same books as before: nothing to do
    3) echo "refused, nothing sealed. What to mend: $(grep '"event": "refused"' "$log" | tail -n 1)" ;;
    4) echo "sealed, but coverage is below min_coverage; see $log" ;;
    69) echo "a source of the books did not answer, three times; see $log" ;;
    73) echo "cannot write to $bank: disk full or read-only; nothing was left half-written" ;;
    75) echo "another run was writing all the time; the next night tries again" ;;
    *) echo "exit $code; see $log" ;;
esac
exit "$code"
