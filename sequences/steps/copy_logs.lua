-- Copies logs to a share (connect it before with Connect to Network Folder) or another folder.

return {
  type = "TaskSeq_CopyLogs", title = "Copy Logs to a Share", version = "1.0",
  help = "Copies smsts.log and further logs into a folder named after the computer and the time.",
  phase = "any", effects = {"file.write"}, resume = "again",
  inputs = {
    {name = "Destination", type = "path", required = true, help = "Folder, for example Z:\\Logs."},
    {name = "Files", help = "Further files, divided by ';'."},
    {name = "Required", type = "bool", default = "false", help = "Fail when a file cannot be copied; else it is a warning."},
  },
  run = function(input)
    local name = ts.var.get("OSDComputerName") or ts.host.fact("host_name")
    if name == "" then name = "unknown" end
    local folder = input.Destination:gsub("[/\\]+$", "") .. "\\" .. name .. "-" ..
      ts.time.utc():sub(1, 19):gsub("[:T]", "-")
    local files = {(ts.var.get("_SMSTSLogPath") or "") .. "\\smsts.log"}
    for file in input.Files:gmatch("[^;]+") do files[#files + 1] = file:match("^%s*(.-)%s*$") end
    ts.file.make_folder(folder)
    local copied, failed = 0, nil
    for number, file in ipairs(files) do
      ts.progress(number, #files, file)
      local ok, e = pcall(ts.file.copy, file, folder .. "\\" .. file:match("[^/\\]+$"))
      if ok then
        copied = copied + 1
      else
        failed = e.message
        ts.log.warning(failed)
      end
    end
    ts.log.info(("%d of %d logs are in '%s'"):format(copied, #files, folder))
    if failed and input.Required:lower() == "true" then return {code = 2, text = failed} end
  end,
}
