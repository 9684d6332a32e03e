-- Posts a line to a webhook (chat, monitoring). The body is {"text": ...}, which Slack, Mattermost,
-- Rocket.Chat and Teams' workflows take; other services take the JSON of the input Json.

return {
  type = "TaskSeq_NotifyWebhook", title = "Notify a Webhook", version = "1.0",
  help = "Posts a message to an https webhook.",
  phase = "any", effects = {"net"}, resume = "again",
  inputs = {
    {name = "Url", type = "secret", required = true, help = "https URL; it is a secret, as those who know it may post."},
    {name = "Text", help = "The message; variables are expanded."},
    {name = "Json", help = "The whole body instead of Text."},
    {name = "Required", type = "bool", default = "false", help = "Fail when it cannot be sent; else it is a warning."},
  },
  run = function(input)
    local body = input.Json
    if body == "" then
      local name = ts.var.get("OSDComputerName") or ts.host.fact("serial")
      body = ts.json.encode({text = input.Text ~= "" and input.Text or name .. ": the task sequence is running"})
    else
      ts.json.decode(body)
    end
    local ok, e = pcall(ts.http.post, {url = input.Url, body = body, content_type = "application/json", timeout = 30})
    if ok then return 0 end
    local text = type(e) == "table" and e.message or e
    if input.Required:lower() == "true" then return {code = 1, text = text} end
    ts.log.warning("the webhook was not told: " .. text)
  end,
}
