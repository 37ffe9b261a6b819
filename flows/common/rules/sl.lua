-- Documents of Dynamics SL, as its screens and views have them. Texts are padded with blanks, an
-- amount stands in batch, document and line alike, and User1 has the gateway's transaction id: SL
-- has no idempotency key, so by it a document is found again.
local money_rules = require('rules.money')
local M = {}

-- A text of a CHAR column; nil of nothing.
function M.text(value)
  if isnull(value) then return nil end
  return money_rules.optional(text.trim(tostring(value)))
end

-- Many, one or none: a list of SOAP is {ARDoc = {...}}, the rows of a view are a list.
function M.rows(result)
  if isnull(result) then return array() end
  local rows = result.ARDoc or result
  if isnull(rows) or rows == '' then return array() end
  return rows
end

-- A number of a column; a view may give it as a text, padded like all others.
function M.number(value)
  return decimal(type(value) == 'string' and text.trim(value) or value)
end

function M.amount(row) return M.number(row.CuryOrigDocAmt) end

-- Open documents as lines to be matched and looked at.
function M.open(result)
  local lines = array()
  for _, row in ipairs(M.rows(result)) do
    lines[#lines + 1] = {
      RefNbr = M.text(row.RefNbr), CustId = M.text(row.CustId), CuryId = M.text(row.CuryId),
      CustOrdNbr = M.text(row.CustOrdNbr), CuryDocBal = M.number(row.CuryDocBal),
    }
  end
  return lines
end

-- The fiscal period of a day as SL writes it, 202611; `start` is the month in which its year
-- begins.
function M.period(day, start)
  local fiscal = date.fiscal(day, { start = start })
  return string.format('%d%02d', fiscal.year, fiscal.period)
end

local function where(row)
  return tostring(M.text(row.DocType)) .. ' ' .. tostring(M.text(row.RefNbr)) .. ' in batch '
    .. tostring(M.text(row.BatNbr))
end

-- The document that bears the reference, or nil. It is looked at again, whatever the server makes
-- of the search; another amount or customer under the same reference is an error.
function M.find(result, asked, type)
  local found
  for _, row in ipairs(M.rows(result)) do
    if M.text(row.User1) == asked.reference and M.text(row.DocType) == type then
      if found ~= nil then
        error(asked.reference .. ' stands in several documents: ' .. where(found) .. ', '
          .. where(row), 0)
      end
      found = row
    end
  end
  if found == nil then return nil end
  if M.amount(found) ~= decimal(asked.amount) or M.text(found.CustId) ~= asked.customer then
    error(asked.reference .. ' stands in ' .. where(found) .. ' with ' .. tostring(M.amount(found))
      .. ' of customer ' .. tostring(M.text(found.CustId)), 0)
  end
  return found
end

-- What was saved, from the screen that came back, or from what a lost answer was found by.
function M.saved(body, asked, type)
  local screen = body.editScreenResult
  if screen == nil then
    local found = M.find(body.searchInvoiceAndMemoResult, asked, type)
    if found == nil then error('SL has found another document than ' .. asked.reference, 0) end
    return found
  end
  local batch = M.text(screen.myBatch.BatNbr) or M.text(screen.myARDoc.BatNbr)
  if batch == nil or M.text(screen.myARDoc.RefNbr) == nil then
    error('SL has saved ' .. asked.reference .. ' and says no number of it', 0)
  end
  return merge(screen.myARDoc, { BatNbr = batch })
end

-- {number, batch, amount, again, released}: what the caller is told.
function M.document(row, asked, again)
  return {
    number = M.text(row.RefNbr), batch = M.text(row.BatNbr), again = again,
    amount = M.amount(row):round(money.digits(asked.currency)),
    released = M.number(row.Rlsed or 0) == 1,
  }
end

local function fill(screen, asked, book, doc, line)
  local amount = money_rules.amount(asked.amount, asked.currency)
  local words = asked.text or ('PayTrace ' .. asked.reference)
  return merge(screen, {
    myBatch = merge(screen.myBatch, {
      CuryCrTot = amount, CuryCtrlTot = amount, CrTot = amount, CtrlTot = amount,
      Descr = text.cut(words, 30), PerPost = book.period, CuryEffDate = book.day .. 'T00:00:00' }),
    myARDoc = merge(screen.myARDoc, {
      CustId = asked.customer, User1 = asked.reference, CustOrdNbr = asked.order,
      CuryOrigDocAmt = amount, OrigDocAmt = amount, CuryDocBal = amount, DocBal = amount,
      LineCntr = 1, DocDate = book.day .. 'T00:00:00', PerPost = book.period,
      DocDesc = text.cut(words, 30) }, doc),
    myARTran = { ARTran = { merge({
      CustId = asked.customer, CuryTranAmt = amount, TranAmt = amount, LineId = 1, LineNbr = 0,
      TranDesc = text.cut(words, 30), TranDate = book.day .. 'T00:00:00' }, line) } },
  })
end

-- Payment Entry (08.050): SiteId of the line is the invoice that is paid; none: on account.
function M.payment(screen, asked, book, account)
  local amount = money_rules.amount(asked.amount, asked.currency)
  return fill(screen, asked, book,
    { BankAcct = account.Acct, BankSub = account.Sub,
      PmtMethod = money_rules.optional(account.Method) },
    { CmmnPct = -amount, SiteId = money_rules.optional(asked.invoice) })
end

-- Invoice & Memo (08.010): a credit memo on the account of the rule.
function M.memo(screen, asked, book, account, terms)
  return fill(screen, asked, book,
    { DocType = 'CM', Terms = terms, OrigDocNbr = money_rules.optional(asked.invoice) },
    { TranType = 'CM', Acct = account.Acct, Sub = account.Sub })
end

return M
