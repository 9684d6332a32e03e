event() { # SECOND KIND NODE MORE
  echo "{\"time\":\"2026-11-22T10:00:0$1.000Z\",\"event\":\"$2\",\"level\":\"info\"${3:+,\"node\":$3}${4:+,$4}}"
}
node() { echo "{\"path\":\"$1\",\"name\":\"$2\"${3:+,\"type\":\"$3\"},\"instruction\":$4,\"line\":$(($4 + 2))}"; }
G=$(node G#1 G '' 0) A=$(node G/A#1 A T 1) W=$(node G/W#1 'Wipe <it>' T 2) B=$(node G/B#1 B T 3) L=$(node Last#1 Last T 4)
{
  event 0 run.begin '' '"text":"An older run"'; event 0 run.end '' '"outcome":"ok"'
  event 1 run.begin '' '"text":"Install","detail":"this machine"'
  event 1 group.begin "$G"
  event 1 step.begin "$A"; event 2 variable "$A" '"text":"X","detail":"1"'
  event 2 step.end "$A" '"outcome":"ok","code":0,"duration_ms":1000'
  event 2 step.begin "$W"; event 3 effect "$W" '"effects":["disk.wipe"],"text":"clean disk 0"'
  event 3 step.end "$W" '"outcome":"ok","code":0,"duration_ms":1000'
  event 3 restart "$W" '"text":"hard disk"'; event 3 run.end '' '"outcome":"restart"'
  event 5 run.begin '' '"text":"Install","detail":"this machine"'
  event 5 skip "$B" '"outcome":"condition","text":"X is \"1\", condition wants \"2\""'
  event 6 group.end "$G" '"outcome":"ok"'
  event 6 step.begin "$L"
  event 7 step.end "$L" '"outcome":"failed","code":5,"text":"access denied","duration_ms":500'
  event 7 run.end "$L" '"outcome":"failed","code":5,"duration_ms":2000'
} >e.jsonl
taskseq log report e.jsonl
printf '{"time":"2026-11-22T10' >>e.jsonl # the power went
taskseq log report e.jsonl --html r.html
grep -c '^<!DOCTYPE html>' r.html
grep -o 'clean disk 0</li>\|left:[0-9.]*%;width:[0-9.]*%\|Wipe &lt;it&gt;</td>' r.html
printf '\n{"event":"run.end"}\n' >>e.jsonl
taskseq log report e.jsonl
echo 'hello' >no.jsonl
taskseq log report no.jsonl
echo '{"time":"2026-11-22T10:00:00.000Z","event":"nonsense"}' >no.jsonl
taskseq log report no.jsonl
: >no.jsonl
taskseq log report no.jsonl
{ event 0 run.begin; for i in $(seq 10001); do echo '{"time":"2026-11-22T10:00:00.000Z","event":"child.begin"}'; done; } >no.jsonl
taskseq log report no.jsonl
{ event 0 run.begin; echo "{\"x\":\"$(head -c 4194304 /dev/zero | tr '\0' x)\"}"; } >no.jsonl
taskseq log report no.jsonl
{ event 0 run.begin; event 0 skip '{"path":"x","instruction":200000}'; } >no.jsonl
taskseq log report no.jsonl; echo $?
{
  event 0 run.begin '' '"text":"Install","detail":"this machine"'
  event 0 step.begin "$A"; event 1 step.end "$A" '"outcome":"failed, continued","code":5,"text":"access denied"'
  event 1 run.end '' '"outcome":"ok"'
} >ok.jsonl
taskseq log report ok.jsonl
