-- A batch that PayTrace has paid out, against the documents of Dynamics SL: its lines, what is open
-- of them, and its entry in the general ledger. Amounts are signed: a refund is below zero.
local days = require('rules.days')
local paged = require('rules.paged')
local paytrace = require('rules.paytrace')
local reconciled = require('rules.reconciled')
local sl = require('rules.sl')
local M = {}

local function zero() return decimal('0.00') end

-- A batch, or a morning.
function M.event(trigger, vars)
  local number = trigger.body and trigger.body[vars.number_field]
  if isnull(number) then return 'morning ' .. tostring(trigger.slot) end
  return 'batch ' .. tostring(number)
end

function M.reference(batch, vars)
  return text.cut('PT' .. tostring(batch[vars.number_field]), 15)
end

-- A voided or declined transaction moves nothing, even where a batch lists it.
local function moves(one)
  local said = text.upper(tostring(one.transaction_type) .. ' ' .. tostring(one.status_message))
  return not said:find('VOID', 1, true) and not said:find('DECLIN', 1, true)
end

-- What was settled, in the currency of the merchant account: lines of a page.
function M.lines(transactions, vars)
  local lines = array()
  for _, one in ipairs(transactions) do
    local amount = paytrace.amount(one, vars.currency)
    if moves(one) then
      lines[#lines + 1] = { transaction = tostring(one.transaction_id), amount = amount,
        currency = vars.currency, order = sl.text(one.invoice_id) }
    end
  end
  return lines
end

-- The batch: its sums, and both sides as lists.
function M.settled(pages, batch, vars)
  local settled, agree = paged.settled(pages), 0
  for _, page in ipairs(pages.agree) do agree = agree + page.lines end
  settled.reference, settled.agree = M.reference(batch, vars), agree
  settled.net = pages.sales - pages.refunds
  settled.day = days.booked(batch[vars.settled_field], now(), vars.timezone)
  local said = vars.net_field ~= '' and batch[vars.net_field]
  if said and not isnull(said) and decimal(said) ~= settled.net then
    settled.said = decimal(said)
    settled.problem = 'the batch says ' .. tostring(said) .. ', its transactions give '
      .. tostring(settled.net)
  end
  return settled
end

-- Numbers for filters, `size` at a time: '1,2,3'.
function M.chunks(lines, size)
  local chunks, chunk = array(), {}
  for at, line in ipairs(lines) do
    chunk[#chunk + 1] = line.transaction
    if #chunk == size or at == #lines then
      chunks[#chunks + 1] = table.concat(chunk, ',')
      chunk = {}
    end
  end
  return chunks
end

-- The documents of SL as lines; a credit memo is below zero.
function M.booked(answers, vars)
  local lines = array()
  for _, rows in ipairs(answers) do
    for _, row in ipairs(sl.rows(rows)) do
      local type = sl.text(row.DocType)
      if type == 'PA' or type == 'CM' then
        local amount = sl.amount(row)
        lines[#lines + 1] = {
          transaction = sl.text(row.User1), amount = type == 'CM' and -amount or amount,
          currency = sl.text(row.CuryId) or vars.currency,
          document = type .. ' ' .. sl.text(row.RefNbr),
        }
      end
    end
  end
  return lines
end

-- What does not agree: {open, size, difference}; and what was paid out, for who looks at the
-- settlement: where the batch says another sum than its transactions give, its parts do not close.
function M.result(compare, settled, vars)
  local open = reconciled.open({ compare.differences, compare.proposed },
    reconciled.lines(compare.unmatched_left), reconciled.lines(compare.unmatched_right),
    vars.currency)
  return { open = open.count + (settled.problem and 1 or 0), matched = settled.agree,
    size = open.size, difference = open.difference,
    settlement = paged.statement(settled, vars, settled.said) }
end

function M.task(compare, settled)
  return { batch = settled.reference, problem = settled.problem,
    only_at_the_gateway = compare.unmatched_left, only_in_sl = compare.unmatched_right,
    differing = compare.differences, totals = compare.totals }
end

local function account_of(key)
  local account = lookup('batch_accounts', key)
  return account.Acct .. '-' .. account.Sub
end

-- The account of payments that are on their way, which adjustments go through.
function M.clearing(vars) return account_of(vars.clearing) end

-- The entry: what came to the bank and what was paid back, against the clearing account.
function M.entry(settled, vars)
  local lines = array()
  local function add(key, amount, debit, words)
    if amount == 0 then return end
    if amount < 0 then amount, debit = -amount, not debit end
    lines[#lines + 1] = { account = account_of(key), text = words .. ' ' .. settled.reference,
      [debit and 'debit' or 'credit'] = amount }
  end
  add('Bank', settled.net, true, 'Paid out')
  add('RefundPaid', settled.refunds, true, 'Refunds')
  add(vars.clearing, settled.sales, false, 'Card payments')
  return lines
end

function M.debits(lines)
  local total = zero()
  for _, line in ipairs(lines) do total = total + (line.debit or zero()) end
  return total
end

-- What the entry moves on the bank account: the net of the batch.
function M.moved(lines)
  local bank, account = zero(), account_of('Bank')
  for _, line in ipairs(lines) do
    if line.account == account then
      bank = bank + (line.debit or zero()) - (line.credit or zero())
    end
  end
  return bank
end

-- What was entered, for who looks at the settlement.
function M.posted(steps, vars)
  if steps.journal == nil then return nil end
  return { currency = vars.currency,
    posted = array{ { entry = steps.journal.journal, amount = M.moved(steps.entry) } } }
end

-- The day whose payments must have been paid out by now: `grace` days before the schedule's moment.
function M.due(trigger, vars)
  local zone = vars.timezone
  local at = date.add(trigger.slot or now(), -vars.grace, 'days', zone)
  return {
    day = date.format(at, 'yyyy-MM-dd', zone),
    from = date.format(date.add(at, -2, 'days', zone), 'MM/dd/yyyy', zone),
    to = date.format(date.add(at, vars.grace + 1, 'days', zone), 'MM/dd/yyyy', zone),
  }
end

-- Payments of SL that bear a number of the gateway, and where in what it paid out they are looked
-- for first: where the last of those before were found.
function M.payments(previous, rows)
  local lines = array()
  for _, row in ipairs(sl.rows(rows)) do
    local id = sl.text(row.User1)
    if id ~= nil and id:find('^%d+$') then
      lines[#lines + 1] = { transaction = id, payment = sl.text(row.RefNbr),
        customer = sl.text(row.CustId), amount = sl.amount(row), currency = sl.text(row.CuryId) }
    end
  end
  return { lines = lines, place = previous and previous.place or { file = 1 } }
end

-- Of these payments, those that no page has up to this one.
function M.left(previous, steps)
  local paid = {}
  for _, one in ipairs(steps.piece.items) do
    if paytrace.is_settled(one) then paid[tostring(one.transaction_id)] = true end
  end
  return paged.sought(previous and previous.lines or steps.payments.lines, 'transaction', paid,
    previous or steps.payments.place, steps.payments.place, steps.piece, 1)
end

-- A page of payments that were not paid out, together with those before it.
function M.owed(previous, steps)
  local lines = array()
  for _, list in ipairs({ previous and previous.lines or array(), steps.sought.lines }) do
    for _, line in ipairs(list) do lines[#lines + 1] = line end
  end
  return { next = steps.some.next, lines = lines, place = steps.sought.place }
end

-- What a person asks the gateway about, and how much in each currency; `more`: there are more than
-- are listed.
function M.stuck(lines, vars)
  local payments, sums, of = array(), array(), {}
  for at, line in ipairs(lines) do
    if at > vars.most then break end
    local currency = line.currency or vars.currency
    if of[currency] == nil then
      of[currency] = { currency = currency, sum = zero() }
      sums[#sums + 1] = of[currency]
    end
    payments[at], of[currency].sum = line, of[currency].sum + line.amount
  end
  return { payments = payments, sums = sums, more = #lines > vars.most or nil }
end

function M.question(stuck, day)
  local said = array()
  for at, each in ipairs(stuck.sums) do said[at] = tostring(each.sum) .. ' ' .. each.currency end
  return 'Payments of ' .. day .. ': ' .. (stuck.more and 'more than ' or '') .. #stuck.payments
    .. ' were never paid out, ' .. text.join(said, ', ')
end

return M
