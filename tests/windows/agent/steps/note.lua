return {
  type = "Test_Note", title = "Note", version = "1.0", help = "Appends a line to C:\\note.txt.",
  phase = "full", effects = {"file.write"}, resume = "again",
  inputs = {{name = "Text", required = true, help = "The line."}},
  run = function(input)
    local pin = ts.var.get("Pin") == "o'ne \"two\" ü"
    ts.file.append("C:\\note.txt", ("%s; %s; secret %s; %s\n"):format(input.Text, ts.host.phase(), pin and "kept" or "LOST",
      ts.var.get("_SMSTSMDataPath")))
  end,
}
