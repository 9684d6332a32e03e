-- msg.exe of the full Windows shows a box in every session (Microsoft: "msg"). In Windows PE there
-- is none: the text goes to the progress line and the log.

return {
  type = "TaskSeq_ShowMessage", title = "Show a Message", version = "1.0",
  help = "Shows a text to whoever stands before the machine.",
  phase = "any", effects = {"exec"}, resume = "again",
  inputs = {
    {name = "Text", required = true, help = "What to say."},
    {name = "Seconds", type = "int", default = "60", help = "The box closes by itself after so long, 1 to 3600."},
    {name = "Wait", type = "bool", default = "false", help = "Go on only when the box is closed."},
  },
  run = function(input)
    local seconds = tonumber(input.Seconds)
    if seconds < 1 or seconds > 3600 then return {code = 87, text = "Seconds must be 1 to 3600"} end
    ts.log.info(input.Text)
    ts.progress(0, 1, input.Text)
    if ts.host.phase() ~= "full" then return 0 end
    local argv = {"msg.exe", "*", "/TIME:" .. seconds}
    if input.Wait:lower() == "true" then argv[#argv + 1] = "/W" end
    argv[#argv + 1] = input.Text
    local ok, answer = pcall(ts.host.run, {argv = argv, timeout = seconds + 30})
    if not ok then ts.log.warning("no box could be shown: " .. answer.message) end
  end,
}
