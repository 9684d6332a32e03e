mkdir steps
cat >steps/hello.lua <<'LUA'
return {
  type = "Example_Hello", title = "Hello", help = "Says hello.", effects = { "exec" },
  inputs = { { name = "Who", help = "Whom to greet.", default = "%FromPrestart%" } },
  run = function(input) ts.var.set("Greeted", input.Who) return 0 end,
}
LUA
cat >good.lua <<'LUA'
ts.var.set("FromPrestart", "it")
assert(#ts.script.files("good*") == 1 and ts.script.read("good.lua"):find("FromPrestart"))
local a = ts.http.get{ url = "https://server.example/list?key=secret" }
assert(a.status == 200 and a.assumed)
LUA
cat >bad.lua <<'LUA'

error("the network is down")
LUA
printf 'error({ code = "TRUST", message = "no such authority" })' >table.lua
printf 'return "choose a machine that has a disk"' >text.lua
printf 'x = = 1' >syntax.lua
cat >s.xml <<'XML'
<sequence version="3.00"><step type="Example_Hello" name="Greet"/></sequence>
XML
echo "# a step from the folder beside the sequence, a variable from the pre-start script"
taskseq simulate s.xml -m hyperv-gen2 --prestart good.lua --verbose
echo "# what it does and sets is the first branch, in the tree, as JSON and as a page"
cat >does.lua <<'LUA'
ts.host.run{ argv = { "wpeutil", "InitializeNetwork" }, timeout = 60 }
ts.var.set("Site", "Berlin")
ts.var.set("JoinPassword", "hush", { secret = true })
LUA
taskseq simulate s.xml -m hyperv-gen2 --prestart does.lua --html page.html
taskseq simulate s.xml -m hyperv-gen2 --prestart does.lua --json - | sed -n '/"prestart"/,/^        },/p'
grep -o 'Pre-start script does.lua' page.html
grep -c hush page.html
echo "# and what another one does is a difference"
mkdir old new; cp s.xml old; cp s.xml new; mkdir old/steps new/steps; cp steps/*.lua old/steps; cp steps/*.lua new/steps
echo 'ts.var.set("Site", "Berlin")' >old/start.lua
cp does.lua new/start.lua
taskseq diff old/s.xml new/s.xml -m hyperv-gen2 --var SMSTSPrestartScript=start.lua
for bad in bad table text syntax missing; do
    echo "# $bad.lua"
    taskseq simulate s.xml -m hyperv-gen2 --prestart $bad.lua
    echo "status $?"
done
echo "# the hook"
taskseq simulate s.xml -m hyperv-gen2 --var 'SMSTSPrestartScript=good.lua; bad.lua'
echo "# a real run is refused before its first effect"
taskseq run s.xml --prestart text.lua
echo "status $?"
test -e taskseq-work/journal.log && echo "a journal was made"
echo "# one event file of a run, a start that its script refused, and another run"
echo '<sequence><step type="SMS_TaskSequence_RunCommandLineAction" name="Say"><action>true</action></step></sequence>' >say.xml
again() { rm -rf taskseq-work; taskseq run say.xml --events e.jsonl --prestart "$1" >/dev/null 2>&1; echo "status $?"; }
report() { taskseq log report e.jsonl | sed 's/^on .*/on this machine/'; }
printf 'ts.var.set("Site", "Berlin")' >site.lua
again site.lua; again text.lua
report
taskseq log report e.jsonl --html - | grep -o '<title>.*</title>\|Timeline'
again site.lua
report
echo "# the step is known to the other commands"
taskseq check s.xml
taskseq steps --steps steps Example_Hello
taskseq steps --steps steps --names | grep Example
taskseq schema --steps steps | grep -c Example_Hello
mv steps elsewhere
taskseq check s.xml | head -3
