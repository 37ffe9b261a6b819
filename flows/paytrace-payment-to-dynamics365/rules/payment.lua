-- What a PayTrace event means to the ledger. Change it here when your finance team decides
-- otherwise; each refusal names the field and what would be right, because people read it in the
-- run.
local M = {}

-- 'payment', 'refund', or 'other': an event that leaves the ledger alone. See kinds.table.json.
function M.kind(event)
  return decide('kinds', { status = event.status, type = event.transactionType })
end

-- What makes two events the same one. A status that leaves the ledger alone is an event of its own:
-- what is approved after it was pending is no contradiction to it, and is booked.
function M.event(transaction, event)
  if isnull(transaction) or M.kind(event) ~= 'other' then return transaction end
  return text.join({ tostring(transaction), tostring(event.status) }, ' ')
end

-- A text that must be there.
function M.text(event, name)
  local value = M.optional(event, name)
  if value == nil then error(name .. ' is missing', 0) end
  return value
end

-- A text that may be absent, empty or null: nil then, and the field is left out.
function M.optional(event, name)
  local value = event[name]
  if value == nil or value == null or value == '' then return nil end
  return tostring(value)
end

-- Exact, with at most two digits behind the point, above zero: a refund is told by its type, not by
-- a sign. Half a cent is not rounded away, since the gateway has no such amounts.
function M.amount(event)
  if event.amount == nil or event.amount == null then error('amount is missing', 0) end
  local amount = decimal(event.amount):round(2, 'half_up')
  if amount ~= decimal(event.amount) then
    error('amount must have at most two digits behind the point, not ' .. tostring(event.amount),
      0)
  end
  if amount <= 0 then error('amount must be above zero, not ' .. tostring(event.amount), 0) end
  return amount
end

function M.currency(event)
  local currency = M.text(event, 'currency')
  if #currency ~= 3 or not currency:find('^[A-Z][A-Z][A-Z]$') then
    error('currency must be a code of ISO 4217 such as USD, not ' .. currency, 0)
  end
  return currency
end

-- What stands in the ERP under the transaction's number and is not this payment, as a text; nil: it
-- is this one, written by a request whose answer was lost.
function M.differing(entry, row)
  if isnull(row) then
    return 'Dynamics 365 says that payment ' .. entry.transaction ..
      ' is there, but does not find it'
  end
  local said = array()
  local function compare(what, ours, theirs, same)
    if not same then
      said[#said + 1] = text.join({ what, tostring(theirs), 'and not', tostring(ours) }, ' ')
    end
  end
  for _, field in ipairs({ { 'currency', 'new_currency' }, { 'type', 'new_type' },
    { 'direction', 'new_direction' }, { 'customer', 'new_customerid' },
    { 'order', 'new_orderid' } }) do
    local ours, theirs = M.optional(entry, field[1]), M.optional(row, field[2])
    compare(field[1], ours or 'none', theirs or 'none', ours == theirs)
  end
  local amount = M.optional(row, 'new_amount')
  compare('amount', entry.amount, amount or 'none',
    amount ~= nil and decimal(amount) == decimal(entry.amount))
  if #said == 0 then return nil end
  return 'payment ' .. entry.transaction .. ' is in Dynamics 365 with ' .. table.concat(said, ', ')
    .. ': it is not written over. Put right there what is wrong'
end

-- The invoice's state and status reason after a payment of this amount: paid, complete or partial.
function M.invoice_status(invoice, amount)
  local total = invoice.totalamount
  if total ~= nil and total ~= null and amount < decimal(total) then return 100002 end
  return 100001
end

-- Why no invoice was marked. A number without its currency says nothing: 100 EUR pay no 100 USD.
function M.unmatched(entry, invoice, currency)
  if invoice == nil then return 'posted, but there is no invoice ' .. entry.order end
  return text.join({
    'posted, but invoice ' .. entry.order .. ' is not marked as paid: the payment is in',
    entry.currency .. ', invoices are in', currency,
  }, ' ')
end

-- What counts as posted by this run: nothing, where the entry is one that another flow has made.
function M.posted(steps)
  if steps.post == nil then return nil end
  if steps.post.duplicate and M.optional(steps.there.payment, 'new_name') ~= steps.entry.name then
    return nil
  end
  return steps.entry.amount
end

function M.note(event)
  local code = M.optional(event, 'processorResponseCode')
  local because = code and ' (processor response ' .. code .. ')' or ''
  return 'status ' .. tostring(event.status) .. because .. ': nothing is posted'
end

return M
