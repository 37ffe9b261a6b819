-- One batch of the general ledger of Dynamics SL: its lines, the day it is booked on, and what
-- counts as the same batch. A line is {account, debit or credit, text}; account is Acct, or Acct-
-- Sub.
local money_rules = require('rules.money')
local periods = require('rules.periods')
local sl = require('rules.sl')
local M = {}

local function zero() return decimal('0.00') end

function M.debits(lines)
  local total = zero()
  for _, line in ipairs(lines) do total = total + decimal(line.debit or 0) end
  return total
end

local function credits(lines)
  local total = zero()
  for _, line in ipairs(lines) do total = total + decimal(line.credit or 0) end
  return total
end

-- Debit is credit, and each line is one of them.
function M.sound(lines)
  for at, line in ipairs(lines) do
    if (line.debit == nil) == (line.credit == nil) then
      error('line ' .. at .. ' must have a debit or a credit', 0)
    end
  end
  local debit, credit = M.debits(lines), credits(lines)
  if debit ~= credit then
    error('the entry has ' .. tostring(debit) .. ' debit and ' .. tostring(credit) .. ' credit', 0)
  end
  return { debits = debit }
end

-- The day, period and lines of this try; what a person filled in before goes first.
function M.try(asked, previous, vars)
  local mended = isnull(previous) and {} or previous
  local booked, lines = money_rules.optional(mended.day), mended.lines or asked.lines
  if booked == nil then
    local found = periods.book(asked.day, vars.closed_period)
    if found.problem then return { problem = found.problem, lines = lines } end
    booked = found.day
  end
  return { day = booked, period = sl.period(booked, vars.fiscal_start), lines = lines }
end

-- What a person filled in, for the next try: another day, another account.
function M.mended(try, data)
  local wrong, lines = money_rules.optional(data and data.account), array()
  for at, line in ipairs(try.lines) do
    lines[at] = line
    if wrong ~= nil and text.trim(line.account) == text.trim(wrong) then
      lines[at] = merge(line, { account = data.instead })
    end
  end
  return { day = money_rules.optional(data and data.day) or try.day, lines = lines }
end

local function line_of(template, line, at, asked, try, vars)
  local account, sub = text.trim(line.account):match('^([^-]+)%-?(.*)$')
  local debit, credit = line.debit or zero(), line.credit or zero()
  if sub == nil or sub == '' then sub = vars.sub end
  return merge(template, {
    Acct = account, Sub = sub:gsub('-', ''), CuryDrAmt = debit, DrAmt = debit,
    CuryCrAmt = credit, CrAmt = credit, TranDesc = text.cut(line.text or asked.description, 30),
    RefNbr = text.cut(asked.reference, 10), ExtRefNbr = asked.reference,
    PerPost = try.period, TranDate = try.day .. 'T00:00:00', LineId = at, LineNbr = at,
  })
end

-- The batch that is saved.
function M.batch(screen, template, asked, try, vars)
  local lines, total = array(), M.debits(try.lines)
  for at, line in ipairs(try.lines) do
    lines[at] = line_of(template, line, at, asked, try, vars)
  end
  return merge(screen, {
    myBatch = merge(screen.myBatch, {
      CuryCrTot = total, CuryDrTot = total, CuryCtrlTot = total, CrTot = total, DrTot = total,
      CtrlTot = total, PerPost = try.period, Descr = text.cut(asked.description, 30),
    }),
    myGLTran = { GLTran = lines },
  })
end

local function debit_sum(rows)
  local total = zero()
  for _, row in ipairs(rows) do total = total + money_rules.digits(sl.number(row.CuryDrAmt), 2) end
  return total
end

-- The entry that was made before, if it is one batch.
function M.posted(rows, asked)
  local batch = sl.text(rows[1].BatNbr)
  for _, row in ipairs(rows) do
    if sl.text(row.BatNbr) ~= batch then
      error(asked.reference .. ' stands in several batches: ' .. batch .. ', '
        .. tostring(sl.text(row.BatNbr)), 0)
    end
  end
  return { journal = batch, debits = debit_sum(rows) }
end

-- The rows that were found where the answer to the save got lost. They are looked at again,
-- whatever the server makes of the filter.
local function found(rows, asked)
  for _, row in ipairs(rows) do
    if sl.text(row.ExtRefNbr) ~= asked.reference then
      error('the view gave a row of ' .. tostring(sl.text(row.ExtRefNbr)) .. ' where '
        .. asked.reference .. ' was asked for', 0)
    end
  end
  return M.posted(rows, asked)
end

-- What stands in the general ledger, from what SL answered, or from its view where the answer got
-- lost; nil: it is not saved.
function M.saved(step, asked)
  local body = step and step.body
  local screen = body and body.editScreenResult
  if screen ~= nil then
    return { journal = sl.text(screen.myBatch.BatNbr), debits = debit_sum(screen.myGLTran.GLTran) }
  end
  local rows = sl.data_set(body)
  if #rows == 0 then return nil end
  return found(rows, asked)
end

function M.result(steps)
  local made = steps.post or steps.same
  return { journal = made.journal, debits = made.debits, again = steps.post == nil }
end

return M
