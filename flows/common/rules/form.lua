-- What a person filled in beside a choice. A form that requires nothing may be left as it is: then
-- there is no data at all.
local money_rules = require('rules.money')
local M = {}

-- Everything, as an object.
function M.data(answer)
  if isnull(answer) or isnull(answer.data) then return {} end
  return answer.data
end

-- One field as a text without blanks around it; nil: it is empty.
function M.field(answer, name)
  local value = money_rules.optional(M.data(answer)[name])
  return value and money_rules.optional(text.trim(value))
end

return M
