# Each limit of the test runner is crossed.
cat >limits_test.lua <<'LUA'
local XML = '<sequence version="3.10"><step type="SMS_TaskSequence_RunCommandLineAction" name="A"><action>smsswd.exe /run: a.exe</action></step></sequence>'
it("has a limit of simulations", function()
  expect(function() for i = 1, 1001 do simulate{xml = XML} end end).raises("may simulate 1000 times")
end)
it("has a limit of power cuts", function()
  local many = {}
  for i = 1, 101 do many[i] = 1000 + i end
  expect(function() simulate{xml = XML, power_cut_after = many} end).raises("more than 100 power cuts")
  many[101] = nil
  expect(simulate{xml = XML, power_cut_after = many}.power_cuts).equals(0)
end)
it("ends a test that runs for ever", function() while true do end end)
it("goes on behind it", function() expect(simulate{xml = XML}.outcome).equals("ok") end)
LUA
short() { sed -E 's/ \([0-9.]+ ms\)//; s/ in [0-9.]+ ms$//'; }
taskseq test limits_test.lua | short
echo 'while true do end' >loop_test.lua
taskseq test loop_test.lua | short | head -n 2
deep=deep; for i in $(seq 33); do deep=$deep/d; done; mkdir -p "$deep"
taskseq test deep 2>&1 | sed 's,deep/[d/]*,DEEP,'
seq 100001 | sed 's/.*/it("&", function() end)/' >many_test.lua
taskseq test many_test.lua | tail -n 1
seq 1001 | sed 's,.*,simulate{xml="<sequence version=\x273.10\x27 name=\x27&\x27 />"},' | { echo 'it("x", function()'; cat; echo end')'; } >cache_test.lua
taskseq test cache_test.lua | short
echo "# C code that runs no hooks: the watchdog"
echo 'local x = ("a"):rep(60):find((".-"):rep(30) .. "b")' >stuck.lua
echo 'it("is stuck", function() local x = ("a"):rep(60):find((".-"):rep(30) .. "b") end)' >stuck_test.lua
echo '<sequence><step name="A"><action>a.exe</action></step></sequence>' >s.xml
taskseq test stuck_test.lua --script-limit 1; echo "status $?"
taskseq simulate s.xml -m hyperv-gen2 --prestart stuck.lua --script-limit 1; echo "status $?"
taskseq diff s.xml s.xml -m hyperv-gen2 --prestart stuck.lua --script-limit 1; echo "status $?"
