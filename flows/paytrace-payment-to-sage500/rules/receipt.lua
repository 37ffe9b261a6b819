-- A payment of PayTrace as a cash receipt of Sage 500: what was taken, which invoice it pays, what
-- is staged, and whether the books say the same when it is posted.
local days = require('rules.days')
local form = require('rules.form')
local money_rules = require('rules.money')
local periods = require('rules.periods')
local sage = require('rules.sage500')
local M = {}

local function id_of(body)
  return tostring(body.transactionId or body.transaction_id)
end

-- A payment that is told and polled is two events, of which the second finds it in the books.
function M.event(body)
  if body.transactionId == nil then return 'polled ' .. id_of(body) end
  return 'told ' .. id_of(body) .. ' ' .. tostring(body.status)
end

-- Payments of one invoice go one after another: each needs the balance that the one before left.
function M.order_key(body)
  local order = money_rules.optional(body.orderId or body.invoice_id)
  return sage.tran_no(order) or order or id_of(body)
end

local function nothing(transaction, why)
  return { transaction = transaction, nothing = 'transaction ' .. transaction .. ': ' .. why }
end

-- What was taken, from the gateway's own row. `sure` is what find_transaction gave for an event
-- that was told; nobody books what only an event says.
function M.payment(sure, body, vars)
  local row, id = body, id_of(body)
  if not isnull(sure) then row = sure.transaction end
  if isnull(row) then return nothing(id, 'PayTrace does not have it') end
  local type, state = tostring(row.transaction_type):upper(), tostring(row.status_message)
  if type ~= 'SALE' then return nothing(id, 'it is no sale but ' .. type) end
  if text.lower(state):find('declin', 1, true) then return nothing(id, 'it was declined') end
  local currency = vars.currency
  if not isnull(sure) then currency = money_rules.currency(body.currency) end
  local taken = days.booked(row.created and row.created.at, now(), vars.timezone)
  local booked = periods.book(taken, vars.closed_period)
  return {
    transaction = id, reference = sage.reference(id),
    amount = money_rules.amount_in(row.amount, currency, vars.currency), currency = currency,
    customer = money_rules.optional(row.customer_id), order = money_rules.optional(row.invoice_id),
    tran_no = sage.tran_no(row.invoice_id),
    taken = taken, day = booked.day, closed = booked.problem,
  }
end

local function why_not(payment, row, cover)
  if row.CurrID ~= payment.currency then
    return 'invoice ' .. row.TranNo .. ' is in ' .. row.CurrID .. ', the payment in '
      .. payment.currency
  elseif decimal(row.Balance) <= 0 then
    return 'invoice ' .. row.TranNo .. ' has nothing open'
  elseif cover == 'over' then
    return 'invoice ' .. row.TranNo .. ' has ' .. tostring(sage.amount(row.Balance)) .. ' open'
  end
  return payment.closed
end

-- The invoice with its balance, and what of the payment it takes; `why` it is not exact, if so.
function M.fit(payment, tran_no, rows)
  local row = rows[1]
  if tran_no == nil then
    if payment.order == nil then return { why = 'it names no invoice' } end
    return { why = payment.order .. ' is no number of an invoice' }
  end
  if row == nil then return { why = 'there is no invoice ' .. tran_no } end
  if #rows > 1 then return { why = tran_no .. ' is the number of several invoices' } end
  local balance = sage.amount(row.Balance)
  local cover = money_rules.coverage(payment.amount, balance)
  local fit = {
    number = row.TranNo, id = row.TranID, customer = row.CustID, balance = balance, cover = cover,
    why = why_not(payment, row, cover),
  }
  if row.CurrID == payment.currency and balance > 0 then
    fit.apply = cover == 'over' and balance or payment.amount
  end
  return fit
end

-- What the person looks at: the payment, why it is asked about, and what it may belong to.
function M.task(steps)
  return {
    payment = steps.payment, why = steps.fit.why, proposed = steps.likely,
    candidates = steps.open.rows,
  }
end

-- The invoice that the person named, or that of the payment: they may only have given a day.
function M.choice(steps)
  local given = form.field(steps.ask, 'invoice') or steps.payment.tran_no
  local number = sage.tran_no(given)
  if number == nil then
    error('say the number of the invoice that the payment pays: ten digits at most', 0)
  end
  return number
end

local function day_of(steps)
  local day = form.field(steps.ask, 'day') or steps.payment.day
  if day == nil then error(steps.payment.closed .. ': say the day of the receipt', 0) end
  local booked = periods.book(day, 'ask')
  if booked.problem ~= nil then error(booked.problem .. ': say another day', 0) end
  return booked.day
end

-- The receipt that is staged. What an invoice does not take stays unapplied on its customer.
function M.target(steps)
  local payment, fit = steps.payment, steps.fit
  if steps.ask ~= nil then fit = steps.chosen_fit or { why = steps.fit.why } end
  local target = { day = day_of(steps), amount = payment.amount, reference = payment.reference }
  if fit.apply == nil then
    target.customer = form.field(steps.ask, 'customer') or payment.customer
    target.note = 'on account: ' .. tostring(fit.why)
    target.applied = decimal('0.00')
    if target.customer == nil then error('say the customer on whose account it is left', 0) end
    return target
  end
  target.customer, target.invoice = fit.customer, fit.number
  target.apply, target.applied = fit.apply, fit.apply
  target.before, target.after = fit.balance, fit.balance - fit.apply
  if steps.ask ~= nil then target.note = 'matched by ' .. tostring(steps.ask.by) end
  return target
end

-- What the books say of it, beside what they should say; `problem` names what does not agree.
function M.verify(steps)
  local target = steps.target
  local rows = (steps.look or steps.posted).rows
  local row = rows[1]
  if row == nil then error('receipt ' .. target.reference .. ' is not in the books', 0) end
  local seen = {
    receipt = row.TranNo, batch = row.BatchID, amount = sage.amount(row.TranAmt),
    applied = decimal('0.00'), invoice = target.invoice, expected = target.after,
  }
  local twice
  for _, one in ipairs(rows) do
    if one.TranNo ~= row.TranNo then twice = one.TranNo end
    if not isnull(one.ApplyAmt) then seen.applied = seen.applied + sage.amount(one.ApplyAmt) end
    if one.InvoiceNo == target.invoice and not isnull(one.Balance) then
      seen.balance = sage.amount(one.Balance)
    end
  end
  if twice ~= nil then
    seen.problem = 'receipts ' .. tostring(row.TranNo) .. ' and ' .. tostring(twice)
      .. ' both have the reference ' .. target.reference
  elseif seen.amount ~= target.amount then
    seen.problem = 'the receipt has ' .. tostring(seen.amount) .. ', not '
      .. tostring(target.amount)
  elseif seen.applied ~= target.applied then
    seen.problem = tostring(seen.applied) .. ' is applied, not ' .. tostring(target.applied)
  elseif seen.balance ~= target.after then
    seen.problem = 'invoice ' .. target.invoice .. ' has ' .. tostring(seen.balance)
      .. ' open, and should have ' .. tostring(target.after)
  end
  return seen
end

-- The letter to finance about a receipt that is posted, or about what stands in its way.
function M.letter(steps, vars)
  local payment, target = steps.payment, steps.target
  local sum = tostring(payment.amount) .. ' ' .. payment.currency
  if steps.verify == nil then
    return { what = 'Sage 500 refused the receipt of ' .. sum .. ', ' .. payment.reference,
      details = steps.outcome.why .. '\nCustomer ' .. target.customer .. ', invoice '
        .. (target.invoice or 'none') .. '. A task waits in the review queue.' }
  end
  local seen = steps.verify
  local details = 'Payment ' .. payment.transaction .. ' of ' .. sum .. ' is receipt '
    .. seen.receipt .. ' of customer ' .. target.customer .. ' in batch '
    .. tostring(seen.batch) .. '.\n'
  if target.invoice ~= nil then
    details = details .. 'Invoice ' .. target.invoice .. ': ' .. tostring(seen.applied)
      .. ' applied, ' .. tostring(seen.balance) .. ' open.'
  else
    details = details .. 'Nothing is applied; ' .. target.note .. '.'
  end
  if seen.problem ~= nil then
    details = details .. '\nExplained by a person: ' .. seen.problem .. '.'
  end
  return { what = 'Cash receipt ' .. seen.receipt .. ': ' .. sum, details = details }
end

-- For the control totals: what went into the import and what the books have of it.
function M.received(steps) return steps.verify and steps.payment.amount or decimal(0) end
function M.booked(steps) return steps.verify and steps.verify.amount or decimal(0) end
function M.to_apply(steps) return steps.verify and steps.target.applied or decimal(0) end
function M.applied(steps) return steps.verify and steps.verify.applied or decimal(0) end

return M
