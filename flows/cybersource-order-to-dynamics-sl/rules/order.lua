-- An order of the shop until it may be shipped: what it may be charged, what the fraud check
-- decides, and what is remembered of it.
local money_rules = require('rules.money')
local cybersource = require('rules.cybersource')
local M = {}

local function word(value, length)
  local given = money_rules.optional(value)
  if given == nil or #given > length or given:find('[^%w._-]') then return nil end
  return given
end

-- What makes two events the same one.
function M.event(body, vars)
  if body.eventType ~= nil then
    return text.join({ 'told', tostring(body.eventType),
      text.join(cybersource.ids(body, vars.decision_ids), ',') }, ' ')
  end
  local order = money_rules.optional(body.order)
  if order == nil then return nil end
  if body.event == nil then return 'order ' .. order end
  return text.join({ 'change', order, tostring(body.event), tostring(body.shipment) }, ' ')
end

-- Events of one order go one after another; notifications need not.
function M.line(body, vars)
  return money_rules.optional(body.order) or M.event(body, vars)
end

-- What is to be authorized, or why it cannot be.
function M.plan(body, vars)
  local plan = {
    order = tostring(body.order), customer = word(body.customer, 15), token = word(body.token, 32),
    currency = tostring(body.currency),
    bill_to = type(body.bill_to) == 'table' and body.bill_to or nil,
  }
  local checked = money_rules.check(body.amount, body.currency, vars.currency)
  plan.amount, plan.problem = checked.amount, checked.problem
  if word(body.order, 25) == nil then
    plan.problem = 'the order number must have letters, digits, . _ - and at most 25 of them'
  elseif plan.customer == nil then
    plan.problem = 'the customer must be a CustId of Dynamics SL'
  elseif plan.token == nil then
    plan.problem = 'there is no customer token to charge'
  end
  return plan
end

-- accept, review (Decision Manager has a case of it) or ask (a person here decides).
function M.decision(auth)
  return decide('fraud', { status = money_rules.optional(auth.status) })
end

-- What a notification decides, of which payments.
function M.verdicts(body, vars)
  local verdict = nil
  for _, name in ipairs(vars.accept_events) do
    if name == body.eventType then verdict = 'accept' end
  end
  for _, name in ipairs(vars.reject_events) do
    if name == body.eventType then verdict = 'reject' end
  end
  local list = array()
  if verdict == nil then return list end
  for i, id in ipairs(cybersource.ids(body, vars.decision_ids)) do
    list[i] = { payment = id, verdict = verdict }
  end
  return list
end

-- Who accepted or rejected it.
function M.verdict(steps)
  if steps.person then
    return { verdict = steps.person.port, by = tostring(steps.person.by) }
  end
  return { verdict = steps.decided.verdict, by = 'Decision Manager' }
end

-- What the bank holds: of a partial authorization less than was asked for.
function M.authorized(plan, auth)
  local asked, said = decimal(plan.amount), money_rules.optional(auth.amount)
  local held = said and money_rules.amount(said, plan.currency) or asked
  return held < asked and held or asked
end

-- What is remembered of an order that is authorized.
function M.remember(plan, auth)
  return {
    status = 'open', payment = auth.id, customer = plan.customer, currency = plan.currency,
    amount = M.authorized(plan, auth), captured = decimal(0):round(money.digits(plan.currency)),
  }
end

-- The authorization that the fraud check rejected, but the bank may hold.
function M.held(items, plan)
  for _, item in ipairs(items) do
    local code = item.clientReferenceInformation and item.clientReferenceInformation.code
    if code == plan.order then return { id = tostring(item.id) } end
  end
  return nil
end

return M
