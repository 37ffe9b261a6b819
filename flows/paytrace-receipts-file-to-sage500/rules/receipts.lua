-- A day's payments of PayTrace as a file of cash receipts, and what came back of it. A payment that
-- cannot stand in the file is told, never left out: file and problems are all that was taken.
local days = require('rules.days')
local money_rules = require('rules.money')
local periods = require('rules.periods')
local sage = require('rules.sage500')
local M = {}

-- The day that is given by hand, or the one before the schedule's moment, in the zone of the books.
function M.day_of(trigger, vars)
  local body = trigger.body
  if not isnull(body) and not isnull(body.day) then
    local day = tostring(body.day)
    if not day:find('^%d%d%d%d%-%d%d%-%d%d$') then
      error('day must be like 2026-11-20, not ' .. day, 0)
    end
    return day
  end
  local zone = vars.timezone
  return date.format(date.add(trigger.slot, -1, 'days', zone), 'yyyy-MM-dd', zone)
end

-- What is asked for, the name of the file, and the day of the receipts, or why there is none.
function M.day(trigger, vars)
  local day = M.day_of(trigger, vars)
  local noon = day .. 'T12:00:00Z'
  local booked = periods.book(day, vars.closed_period)
  return {
    day = day, from = date.format(noon, 'MM/dd/yyyy'),
    to = date.format(date.add(noon, 1, 'days'), 'MM/dd/yyyy'),
    file = 'receipts-' .. vars.company .. '-' .. day, booked = booked.day, closed = booked.problem,
  }
end

-- The day of the receipts: that of the payments, or the one that a person gave.
function M.booked(steps)
  if steps.period == nil then return steps.day.booked end
  local booked = periods.book(steps.period.data.day, 'ask')
  if booked.problem ~= nil then
    error(booked.problem .. ': start the day again with another one', 0)
  end
  return booked.day
end

local function is_taken(row, day)
  return tostring(row.transaction_type):upper() == 'SALE'
    and not text.lower(tostring(row.status_message)):find('declin', 1, true)
    and days.said(row.created and row.created.at) == day
end

local function why_not(row, checked, seen)
  local id = tostring(row.transaction_id)
  if seen[id] then return 'it stands twice in what PayTrace gave' end
  if checked.problem ~= nil then return checked.problem end
  local customer = money_rules.optional(row.customer_id)
  if customer == nil then return 'it names no customer' end
  if text.len(customer) > 12 then
    return 'customer ' .. customer .. ' has more than 12 characters'
  end
  return nil
end

local function line(row, amount, booked, day, vars)
  local invoice = sage.tran_no(row.invoice_id)
  local id = tostring(row.transaction_id)
  return {
    CompanyID = vars.company, BatchCmnt = 'PayTrace ' .. day, TranDate = booked,
    CustID = tostring(row.customer_id), PmtNo = id, TenderTypeID = vars.tender,
    TranAmt = amount, CurrID = vars.currency, ApplyToTranNo = invoice or '',
    ApplyAmt = invoice and amount or null, ReferenceNo = sage.reference(id),
  }
end

-- {rows, problems, count, sum, taken}: `taken` is all that was, also what is in no row.
function M.rows(transactions, booked, day, vars)
  local rows, problems, seen = array(), array(), {}
  local total, taken = decimal('0.00'), decimal('0.00')
  for _, row in ipairs(transactions) do
    if is_taken(row, day) then
      local checked = money_rules.check(row.amount, vars.currency, vars.currency)
      local why = why_not(row, checked, seen)
      taken = taken + decimal(row.amount)
      if why == nil then
        rows[#rows + 1] = line(row, checked.amount, booked, day, vars)
        total = total + checked.amount
      else
        problems[#problems + 1] = { transaction = tostring(row.transaction_id),
          amount = decimal(row.amount), customer = money_rules.optional(row.customer_id),
          why = why }
      end
      seen[tostring(row.transaction_id)] = true
    end
  end
  return { rows = rows, problems = problems, count = #rows, sum = total, taken = taken }
end

function M.control(receipts)
  return { { Count = receipts.count, Sum = receipts.sum } }
end

local function read(row, sent)
  if row.Status ~= 'posted' then return 'refused', row.Comment or 'without a reason' end
  if isnull(row.TranAmt) or decimal(row.TranAmt) ~= sent.TranAmt then
    return 'differs', 'it is posted with ' .. tostring(row.TranAmt)
  end
  if sent.ApplyToTranNo == '' then return 'posted' end
  if isnull(row.ApplyAmt) or decimal(row.ApplyAmt) ~= sent.ApplyAmt then
    return 'differs', tostring(row.ApplyAmt) .. ' is applied to invoice ' .. sent.ApplyToTranNo
  end
  if isnull(row.BalanceBefore) or isnull(row.BalanceAfter) then
    return 'differs', 'the balance of invoice ' .. sent.ApplyToTranNo .. ' is not told'
  end
  local left = decimal(row.BalanceBefore) - sent.ApplyAmt
  if decimal(row.BalanceAfter) ~= left then
    return 'differs', 'invoice ' .. sent.ApplyToTranNo .. ' has ' .. tostring(row.BalanceAfter)
      .. ' open, and should have ' .. tostring(sage.amount(left))
  end
  return 'posted'
end

local function by_payment(answers)
  local rows, strange = {}, array()
  for _, row in ipairs(answers) do
    local id = tostring(row.PmtNo)
    if rows[id] ~= nil then
      strange[#strange + 1] = { transaction = id, why = 'it stands twice in the answer' }
    end
    rows[id] = row
  end
  return rows, strange
end

-- Each row of the file is posted, differs, was refused or is missing in the answer.
function M.result(sent, answers)
  local given, open = by_payment(answers)
  local result = { posted = { count = 0, sum = decimal('0.00') }, open_sum = decimal('0.00') }
  for _, row in ipairs(sent) do
    local answer, state, why = given[row.PmtNo], 'missing', 'the answer does not have it'
    if answer ~= nil then state, why = read(answer, row) end
    given[row.PmtNo] = nil
    if state == 'posted' then
      result.posted.count = result.posted.count + 1
      result.posted.sum = result.posted.sum + row.TranAmt
    else
      open[#open + 1] = { transaction = row.PmtNo, state = state, why = why, row = row }
      result.open_sum = result.open_sum + row.TranAmt
    end
  end
  for _, row in ipairs(answers) do
    if given[tostring(row.PmtNo)] ~= nil then
      given[tostring(row.PmtNo)] = nil
      open[#open + 1] = { transaction = tostring(row.PmtNo), why = 'it was not in the file' }
    end
  end
  result.open = open
  return result
end

local function problem_sum(problems)
  local sum = decimal('0.00')
  for _, one in ipairs(problems) do sum = sum + one.amount end
  return sum
end

-- For the control totals: all that was taken, and what of it is posted or in a task.
function M.taken(steps) return steps.receipts and steps.receipts.taken or decimal(0) end
function M.accounted(steps)
  if steps.receipts == nil then return decimal(0) end
  local told = problem_sum(steps.receipts.problems)
  if steps.result == nil then return told end
  return told + steps.result.posted.sum + steps.result.open_sum
end

function M.letter(steps, vars)
  local day, result, receipts = steps.day, steps.result, steps.receipts
  local details = 'File ' .. day.file .. '.csv: ' .. receipts.count .. ' receipts, '
    .. tostring(receipts.sum) .. ' ' .. vars.currency .. '.'
  if result ~= nil then
    details = details .. '\nPosted and verified: ' .. result.posted.count .. ', '
      .. tostring(result.posted.sum) .. '.\nOpen: ' .. #result.open .. ', '
      .. tostring(result.open_sum) .. '.'
  end
  if #receipts.problems > 0 then
    details = details .. '\nNot in the file: ' .. #receipts.problems .. ', '
      .. tostring(problem_sum(receipts.problems)) .. '.'
  end
  return { what = 'Cash receipts of ' .. day.day .. ': ' .. tostring(receipts.taken) .. ' '
    .. vars.currency, details = details }
end

return M
