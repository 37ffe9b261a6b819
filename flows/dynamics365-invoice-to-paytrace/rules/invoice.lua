-- When an invoice is charged, with how much, and what became of it. The columns new_paymentstatus
-- and new_paymentrun of the invoice say who works on it: one that is 'charging' belongs to a run,
-- one that was refused waits for a person, who empties new_paymentstatus to have it charged again.
local money_rules = require('rules.money')
local paytrace = require('rules.paytrace')
local M = {}

-- Each version of a row is one event; a deleted one has an id alone.
function M.event(row)
  if row.invoiceid == nil then return 'deleted ' .. tostring(row.id) end
  return row.invoiceid .. ' ' .. tostring(row['@odata.etag'])
end

-- Billed, nobody's yet, not on hold; and scored, where that is wanted.
function M.ready(row, vars)
  if row.invoiceid == nil or row.statecode ~= 0 or row.statuscode ~= vars.ready_status then
    return false
  end
  if row.new_paymenthold == true or money_rules.optional(row.new_paymentstatus) ~= nil then
    return false
  end
  return not vars.wait_for_score or money_rules.optional(row.new_riskreason) ~= nil
end

-- What is open: the total less what was paid and not given back.
local function open_amount(invoice, payments, currency)
  local open = decimal(invoice.totalamount)
  for _, payment in ipairs(payments) do
    if payment.new_currency ~= currency then
      error('payment ' .. tostring(payment.new_paytracetransactionid) .. ' is in '
        .. tostring(payment.new_currency) .. ', the invoice in ' .. currency, 0)
    end
    local amount = decimal(payment.new_amount)
    open = payment.new_direction == 'debit' and open + amount or open - amount
  end
  if open <= 0 then error('nothing is open: it was paid before', 0) end
  return open
end

local function charge(invoice, account, currency, payments, vars)
  local customer = money_rules.optional(account.accountnumber)
  if customer == nil then error('its customer has no account number', 0) end
  if account.creditonhold == true then error('its customer is on hold', 0) end
  local code = money_rules.currency(currency.isocurrencycode)
  money_rules.amount_in(invoice.totalamount, code, vars.currency)
  return {
    invoice = invoice.invoicenumber, customer = customer, currency = code,
    amount = money_rules.amount(open_amount(invoice, payments, code), code),
  }
end

-- {invoice, customer, currency, amount}, or with a `problem` in place of the amount.
function M.charge(invoice, account, currency, payments, vars)
  local fine, result = pcall(charge, invoice, account, currency, payments, vars)
  if fine then return result end
  return { invoice = invoice.invoicenumber, problem = tostring(result) }
end

-- The rule by which a score holds money up; without it a score is only told.
function M.held(unusual, vars)
  return vars.hold_unusual == true and unusual.alarm == true
end

-- What is told of an invoice that was not charged. `kind` becomes its new_paymentstatus.
function M.refused(steps)
  if steps.charge.problem ~= nil then
    return { kind = 'review', text = steps.charge.problem, priority = 1 }
  end
  if steps.sale == nil then
    local why = money_rules.optional(steps.look.reason)
    return { kind = 'review', priority = 1, text = 'it is unusual (' .. steps.unusual.why .. '); '
      .. tostring(steps.look.by) .. ' decided not to charge it' .. (why and ': ' .. why or '') }
  end
  local refusal = paytrace.refusal(steps.sale)
  local kind = refusal.kind == 'unknown' and 'review' or refusal.kind
  return { kind = kind, text = refusal.text, priority = refusal.retry and 1 or 2 }
end

-- The sides of the control totals. A run that charges nothing has nothing to account for.
local function was_charged(steps)
  return steps.payment ~= nil
end

function M.wanted(steps)
  return steps.charge and steps.charge.amount or decimal(0)
end

function M.accounted(steps)
  local told = steps.refused ~= nil or steps.later ~= nil
  return (told or was_charged(steps)) and M.wanted(steps) or decimal(0)
end

function M.charged(steps)
  return was_charged(steps) and steps.charge.amount or decimal(0)
end

-- Of an entry whose answer was lost nothing but that it is there is known.
function M.booked(steps)
  if steps.journal == nil then return decimal(0) end
  local journal = decimal(steps.journal.amount)
  local entered = steps.payment.duplicate and journal or decimal(steps.payment.payment.new_amount)
  if entered ~= journal then
    error('the entry has ' .. tostring(entered) .. ', the journal ' .. tostring(journal), 0)
  end
  return entered
end

-- What counts as posted by this run: nothing, where another flow has put the payment into the
-- journal meanwhile and counts it.
function M.posted(steps)
  local booked = M.booked(steps)
  return steps.journal and steps.journal.again and decimal(0) or booked
end

return M
