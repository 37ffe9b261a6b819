-- The order of Shopify, the payment of PayTrace and the invoice of Dynamics SL, joined by the
-- order's name. Exact is: one order, one invoice, the same currency, and not more than is open. All
-- else is proposed to a person.
local days = require('rules.days')
local form = require('rules.form')
local money_rules = require('rules.money')
local orders = require('rules.orders')
local sl = require('rules.sl')
local M = {}

-- An order that was paid and a payment that was taken are different events.
function M.event(body)
  if body.transaction_id ~= nil then return 'payment ' .. tostring(body.transaction_id) end
  return 'order ' .. tostring(body.id) .. ' ' .. tostring(body.financial_status)
end

-- Payments of one order go one after another: each sees what those before it left open. The check
-- of an order waits for hours, so it does not stand in their way.
function M.order_key(body, vars)
  if body.transaction_id == nil then return M.event(body) end
  return orders.number(body.invoice_id, vars.order_prefix) or M.event(body)
end

local function nothing(id, why)
  return { transaction = id, nothing = 'transaction ' .. id .. ': ' .. why }
end

-- What PayTrace took. An amount that cannot be booked as it is, is an error.
function M.payment(row, vars)
  local id = tostring(row.transaction_id)
  local type, state = tostring(row.transaction_type):upper(), tostring(row.status_message)
  if type ~= 'SALE' then return nothing(id, 'it is no sale but ' .. type) end
  if text.lower(state):find('declin', 1, true) then return nothing(id, 'it was declined') end
  local number = orders.number(row.invoice_id, vars.order_prefix)
  return {
    transaction = id, amount = money_rules.amount(row.amount, vars.currency),
    currency = vars.currency, number = number,
    order = number and vars.order_prefix .. number or nil,
    method = vars.method,
    day = days.booked(row.created and row.created.at, now(), vars.timezone),
  }
end

-- The order of exactly this name; the search of the shop may find more.
function M.order(answer, payment, vars)
  local found, count = nil, 0
  for _, order in ipairs(answer.data.orders.nodes) do
    if orders.number(order.name, vars.order_prefix) == payment.number then
      found, count = order, count + 1
    end
  end
  if count == 0 then return { why = 'the shop has no order ' .. tostring(payment.order) } end
  if count > 1 then return { why = 'the shop has several orders ' .. payment.order } end
  local total = found.totalPriceSet.shopMoney
  local order = { id = tostring(found.id):match('(%d+)$'), name = found.name }
  if total.currencyCode ~= payment.currency then
    order.why = 'order ' .. found.name .. ' is in ' .. total.currencyCode
  elseif not isnull(found.cancelledAt) then
    order.why = 'order ' .. found.name .. ' is cancelled'
  elseif payment.amount > decimal(total.amount) then
    order.why = 'order ' .. found.name .. ' has a total of ' .. tostring(total.amount)
  end
  return order
end

local function invoice_of(rows)
  local found = array()
  for _, row in ipairs(sl.rows(rows)) do
    if sl.text(row.DocType) == 'IN' then found[#found + 1] = row end
  end
  return found
end

-- {invoice, customer, cover}, or `why` the invoice does not take the payment as it is.
function M.invoice(payment, rows, name)
  local found = invoice_of(rows)
  if #found == 0 then return { why = 'SL has no invoice for ' .. tostring(name) } end
  if #found > 1 then return { why = 'SL has several invoices for ' .. tostring(name) } end
  local row = found[1]
  local fit = { invoice = sl.text(row.RefNbr), customer = sl.text(row.CustId) }
  local currency, open = sl.text(row.CuryId), sl.number(row.CuryDocBal)
  if sl.number(row.Rlsed) ~= 1 then
    fit.why = 'invoice ' .. fit.invoice .. ' is not released'
  elseif currency ~= nil and currency ~= payment.currency then
    fit.why = 'invoice ' .. fit.invoice .. ' is in ' .. currency
  else
    fit.cover = money_rules.coverage(payment.amount, open)
    if fit.cover == 'over' then
      fit.why = 'invoice ' .. fit.invoice .. ' has ' .. tostring(open) .. ' open'
    end
  end
  return fit
end

-- Both joined. An order that is in doubt keeps the customer, and is asked about.
function M.fit(steps)
  if steps.payment.number == nil then return { why = 'it names no order' } end
  local fit = M.invoice(steps.payment, steps.invoice.rows, steps.payment.order)
  local order = M.order(steps.order, steps.payment, vars)
  fit.why = order.why or fit.why
  if order.why ~= nil then fit.cover = nil end
  return merge(fit, { order = order.id })
end

-- What the person looks at.
function M.task(steps)
  return {
    payment = steps.payment, why = steps.fit.why, proposed = steps.likely,
    candidates = sl.open(steps.open.rows),
  }
end

function M.choice(steps)
  local number = form.field(steps.ask, 'invoice')
  if number == nil then error('say the number of the invoice that the payment pays', 0) end
  return number
end

-- What is paid: the exact invoice, the one that a person chose, or a customer's account. SL does
-- not apply more than is open, so what does not fit is left on account, with the reason.
function M.target(steps, vars)
  local fit = steps.fit
  if fit.why == nil then return { customer = fit.customer, invoice = fit.invoice } end
  local given = form.field(steps.ask, 'customer')
  if steps.chosen_fit == nil then
    return { customer = given or fit.customer or vars.unknown_customer, note = fit.why }
  end
  fit = steps.chosen_fit
  local customer = fit.customer or given or vars.unknown_customer
  if fit.why ~= nil then return { customer = customer, note = fit.why } end
  return { customer = customer, invoice = fit.invoice }
end

function M.received(steps) return steps.target and steps.payment.amount or decimal(0) end
function M.booked(steps) return steps.entry and decimal(steps.entry.amount) or decimal(0) end

-- What the shop says that the gateway took for an order: {transaction, amount, currency}.
function M.taken(transactions, vars)
  local taken = array()
  for _, one in ipairs(transactions) do
    local gateway = text.lower(sl.text(one.gateway) or vars.gateway)
    if (one.kind == 'sale' or one.kind == 'capture') and one.status == 'success'
        and gateway:find(vars.gateway, 1, true) then
      taken[#taken + 1] = { transaction = tostring(one.authorization):match('(%d+)$'),
        amount = decimal(one.amount), currency = one.currency }
    end
  end
  return taken
end

-- Their numbers, for a filter IN.
function M.numbers(taken)
  local numbers = {}
  for _, one in ipairs(taken) do numbers[#numbers + 1] = one.transaction end
  return #numbers > 0 and table.concat(numbers, ',') or '-'
end

-- Those of them that SL does not have.
function M.missing(taken, rows)
  local there, missing = {}, array()
  for _, row in ipairs(sl.rows(rows)) do there[sl.text(row.User1) or ''] = true end
  for _, one in ipairs(taken) do
    if one.transaction == nil or not there[one.transaction] then missing[#missing + 1] = one end
  end
  return missing
end

return M
