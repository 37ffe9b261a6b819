-- A token of a customer: which event it is, whose it is, and how it stands in the fields of
-- Dynamics SL, of which none has room for all of it.
local money_rules = require('rules.money')
local sl = require('rules.sl')
local M = {}

-- What makes two events the same one: the shop's own number of it.
function M.event(body) return money_rules.optional(body.id) end

local function word(value, length)
  local given = money_rules.optional(value)
  if given == nil or #given > length or given:find('[^%w._-]') then return nil end
  return given
end

function M.what(body)
  local what = { event = tostring(body.event), customer = word(body.customer, 15),
    token = word(body.token, 32) }
  if what.event ~= 'saved' and what.event ~= 'removed' then
    what.problem = 'the event is neither saved nor removed but ' .. what.event
  elseif what.customer == nil then
    what.problem = 'the customer must be a CustId of Dynamics SL'
  elseif what.token == nil then
    what.problem = 'there is no token of a customer'
  end
  return what
end

-- The token that a customer of Dynamics SL has; '' if none.
function M.of(customer, vars)
  local parts = array()
  for i, field in ipairs(vars.token_fields) do parts[i] = sl.text(customer[field.name]) or '' end
  return text.join(parts)
end

-- The fields that hold it.
function M.fields(token, vars)
  local fields, rest = {}, token
  for _, field in ipairs(vars.token_fields) do
    fields[field.name] = rest:sub(1, field.size)
    rest = rest:sub(field.size + 1)
  end
  if rest ~= '' then
    error('vars.token_fields have no room for a token of ' .. #token .. ' characters', 0)
  end
  return fields
end

-- Whether the cross reference of a token is this customer's: another's stays.
function M.names(entry, customer)
  return entry.found == true and entry.value.customer == customer
end

-- {owner, same, fields}, and `problem` when the token names another customer.
function M.plan(what, customer, token, vars)
  local buyer = token.buyerInformation or {}
  local plan = { owner = sl.text(buyer.merchantCustomerID), fields = M.fields(what.token, vars) }
  plan.same = plan.owner == what.customer and M.of(customer, vars) == what.token
  if plan.owner ~= nil and plan.owner ~= what.customer then
    plan.problem = 'A token that customer ' .. what.customer .. ' has saved belongs to '
      .. plan.owner
  end
  return plan
end

function M.complaint(steps)
  local what = steps.what
  if what.problem ~= nil then return 'A saved card: ' .. what.problem end
  local step = steps.token or steps.customer
  local name = steps.token and 'token of customer ' or 'customer '
  return 'A card was ' .. what.event .. ', but the ' .. name .. what.customer .. ' is not found: '
    .. tostring(step.text)
end

return M
