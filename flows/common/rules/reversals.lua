-- What the gateway says of a transaction or an event of it: which kind of reversal it is, if any,
-- by rules/reversal_kinds.table.json. Events and exports write the words in their own ways.
local M = {}

local function word(value)
  if isnull(value) then return nil end
  return text.upper(text.trim(tostring(value)))
end

function M.kind(type, status)
  return decide('reversal_kinds', { type = word(type), status = word(status) })
end

return M
