-- What the model is asked, and what its answer means. Which columns it wants, and in which order,
-- is vars.columns; what a score leads to stands in rules/holds.table.json.
local money_rules = require('rules.money')
local M = {}

function M.event(row)
  if row.invoiceid == nil then return 'deleted ' .. tostring(row.id) end
  return row.invoiceid .. ' ' .. tostring(row['@odata.etag'])
end

-- To be charged, and neither looked at nor charged yet. Who empties new_riskreason asks again.
function M.wanted(row, vars)
  return row.invoiceid ~= nil and row.statecode == 0 and row.statuscode == vars.ready_status
    and money_rules.optional(row.new_riskreason) == nil
    and money_rules.optional(row.new_paymentstatus) == nil
end

-- One row for the model, in MLflow's split form. The names of features are ours: those of the
-- model that you train are a matter of vars.columns and of this function.
function M.features(invoice, payments, vars)
  local known = { amount = decimal(invoice.totalamount), payments = 0, paid = decimal('0.00'),
    refunds = 0, chargebacks = 0 }
  for _, payment in ipairs(payments) do
    if payment.new_direction == 'credit' then
      known.payments, known.paid = known.payments + 1, known.paid + decimal(payment.new_amount)
    elseif payment.new_type == 'chargeback' then
      known.chargebacks = known.chargebacks + 1
    else
      known.refunds = known.refunds + 1
    end
  end
  known.ratio = decimal(0)
  if known.payments > 0 and known.paid > 0 then
    known.ratio = (known.amount * known.payments):div(known.paid, 4)
  end
  local values = array()
  for index, name in ipairs(vars.columns) do
    if known[name] == nil then error('there is no feature ' .. tostring(name), 0) end
    values[index] = known[name]
  end
  return { amount = known.amount,
    input = { columns = vars.columns, index = { 0 }, data = { values } } }
end

-- A number, as models give it: by itself, in a list, in a list as a text, or as a member `score`.
-- nil: none of these.
local function number_of(value, depth)
  if isnull(value) or depth > 3 then return nil end
  local fine, number = pcall(decimal, value)
  if fine then return number end
  if type(value) == 'string' then
    fine, value = pcall(json.decode, value)
    if not fine then return nil end
  end
  if type(value) ~= 'table' then return nil end
  return number_of(value[1] or value.score or value.predictions, depth + 1)
end

function M.read(answer)
  local number = number_of(answer.score, 0) or number_of(answer.predictions, 0)
  if number == nil or number < 0 or number > 1 then return nil end
  return number:round(4)
end

-- {score, hold, why}. Without a score (the model failed, or said something else) the rules decide.
function M.verdict(answer, amount)
  local score = M.read(answer)
  local verdict = decide('holds', { score = score or null, amount = amount })
  verdict.score = score
  if score == nil and answer.kind ~= nil then
    verdict.why = verdict.why .. ' (' .. text.cut(tostring(answer.text), 100) .. ')'
  end
  return verdict
end

return M
