-- Which invoice a payment pays. Exact is: the order's number is the invoice's, nothing else has it,
-- and the amount is not more than what is open. All else is proposed to a person.
local days = require('rules.days')
local form = require('rules.form')
local money_rules = require('rules.money')
local M = {}

local function id_of(body)
  return tostring(body.transactionId or body.transaction_id)
end

-- A payment that is told and polled is two events, of which the second finds it entered.
function M.event(body)
  if body.transactionId == nil then return 'polled ' .. id_of(body) end
  return 'told ' .. id_of(body) .. ' ' .. tostring(body.status)
end

-- Payments of one order go one after another: each sees what those before it left open.
function M.order_key(body)
  return money_rules.optional(body.orderId or body.invoice_id) or id_of(body)
end

local function nothing(transaction, why)
  return { transaction = transaction, nothing = 'transaction ' .. transaction .. ': ' .. why }
end

-- What was taken, from the gateway's own row. `sure` is what find_transaction gave for an event
-- that was told; nobody books what only an event says.
function M.payment(sure, body, vars)
  local row, id = body, id_of(body)
  if sure ~= nil then row = sure.transaction end
  if isnull(row) then return nothing(id, 'PayTrace does not have it') end
  local type, state = tostring(row.transaction_type):upper(), tostring(row.status_message)
  if type ~= 'SALE' then return nothing(id, 'it is no sale but ' .. type) end
  if text.lower(state):find('declin', 1, true) then return nothing(id, 'it was declined') end
  local currency = vars.currency
  if sure ~= nil then currency = money_rules.currency(body.currency) end
  return {
    transaction = id, amount = money_rules.amount_in(row.amount, currency, vars.currency),
    currency = currency, customer = money_rules.optional(row.customer_id),
    order = money_rules.optional(row.invoice_id), status = state,
    method = money_rules.optional(body.paymentMethodType) or vars.method,
    day = days.booked(row.created and row.created.at, now(), vars.timezone),
  }
end

-- The code of the invoice's currency; nil: the ERP does not say.
local function currency_of(invoice, currencies)
  for _, one in ipairs(currencies) do
    if one.transactioncurrencyid == invoice._transactioncurrencyid_value then
      return money_rules.optional(one.isocurrencycode)
    end
  end
  return nil
end

-- Why amounts of the payment and of the invoice cannot be compared; nil: they can.
local function currencies_differ(payment, invoice, payments, currencies)
  local code = currency_of(invoice, currencies)
  if code ~= payment.currency then
    return 'invoice ' .. invoice.invoicenumber .. ' is in '
      .. (code or 'a currency that is not told') .. ', the payment in ' .. payment.currency
  end
  for _, one in ipairs(payments) do
    if one.new_currency ~= code then
      return 'payment ' .. tostring(one.new_paytracetransactionid) .. ' of invoice '
        .. invoice.invoicenumber .. ' is in ' .. tostring(one.new_currency)
    end
  end
  return nil
end

local function open_of(invoice, payments)
  local open = decimal(invoice.totalamount)
  for _, payment in ipairs(payments) do
    local amount = decimal(payment.new_amount)
    open = payment.new_direction == 'debit' and open + amount or open - amount
  end
  return open
end

-- {id, number, cover}, or `why` it is not exact, beside what there is of the invoice.
function M.fit(payment, invoices, payments, currencies)
  local invoice = invoices[1]
  if payment.order == nil then return { why = 'it names no order' } end
  if invoice == nil then return { why = 'there is no invoice ' .. payment.order } end
  if #invoices > 1 then return { why = payment.order .. ' is the number of several invoices' } end
  local fit = { id = invoice.invoiceid, number = invoice.invoicenumber }
  if invoice.statecode == 3 then
    fit.why = 'invoice ' .. fit.number .. ' is canceled'
    return fit
  end
  fit.why = currencies_differ(payment, invoice, payments, currencies)
  if fit.why ~= nil then return fit end
  local open = open_of(invoice, payments)
  fit.cover = money_rules.coverage(payment.amount, open)
  if fit.cover == 'over' then
    fit.why = 'invoice ' .. fit.number .. ' has ' .. tostring(open) .. ' open'
  end
  return fit
end

-- What the person looks at: the payment, why it is asked about, and what it may belong to.
function M.task(steps)
  local matched = steps.likely
  return {
    payment = steps.payment, why = steps.fit.why, proposed = matched, candidates = steps.open.items,
  }
end

-- The number that the person gave.
function M.choice(steps)
  local number = form.field(steps.ask, 'invoice')
  if number == nil then error('say the number of the invoice that the payment pays', 0) end
  return number
end

-- What is paid: the exact invoice, or the one that a person chose, though it may be too much.
function M.target(steps)
  local fit = steps.fit
  if fit.why ~= nil then
    fit = steps.chosen_fit
    if fit == nil then return { note = 'on account: ' .. tostring(steps.fit.why) } end
    if fit.id == nil or fit.cover == nil then
      return { note = 'on account: ' .. tostring(fit.why) }
    end
  end
  local part = fit.cover == 'part'
  return {
    id = fit.id, number = fit.number, statuscode = part and 100002 or 100001,
    status = part and 'part' or 'paid',
    note = steps.ask and 'matched by ' .. tostring(steps.ask.by) or nil,
  }
end

function M.received(steps)
  return steps.target and steps.payment.amount or decimal(0)
end

-- Why the entry that was there is not ours, by a request whose answer was lost, but another's, who
-- entered the payment while a person looked at it; nil: it is ours.
function M.another(steps)
  local row, ours, number = steps.there.payment, steps.payment, steps.target.number
  if isnull(row) then
    return 'Dynamics 365 says that payment ' .. ours.transaction
      .. ' is there, but does not find it'
  end
  local theirs = money_rules.optional(row.new_invoicenumber)
  if decimal(row.new_amount) == decimal(ours.amount) and row.new_currency == ours.currency
    and theirs == number then
    return nil
  end
  return text.join({ 'payment', ours.transaction, 'was entered by others meanwhile:',
    tostring(row.new_amount), tostring(row.new_currency), 'for', theirs or 'no invoice',
    'and not', tostring(ours.amount), ours.currency, 'for', (number or 'no invoice') .. '.',
    'No invoice is marked as paid by this run' }, ' ')
end

-- What was entered: as Dynamics 365 answered, or as it is there after an answer that was lost.
function M.booked(steps)
  if steps.journal == nil then return decimal(0) end
  local journal = decimal(steps.journal.amount)
  local row = steps.entry.duplicate and steps.there.payment or steps.entry.payment
  local entered = decimal(row.new_amount)
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
