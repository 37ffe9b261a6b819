-- Documents of Dynamics SL, as its searches and views have them. Texts are padded with blanks, and
-- User1 has the gateway's transaction id: SL has no idempotency key, so by it a document is found
-- again.
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
  local rows = type(result) == 'table' and result.ARDoc or result
  if isnull(rows) or rows == '' then return array() end
  return rows
end

-- The rows of a view by SOAP: a DataSet, whose one row is no list.
local data_set = {
  'getScreenResponse', 'getScreenResult', 'myQueryResults', 'diffgram', 'NewDataSet', 'Table',
}
function M.data_set(body)
  local rows = body
  for _, name in ipairs(data_set) do
    rows = type(rows) == 'table' and rows[name] or nil
  end
  if type(rows) ~= 'table' then return array() end
  return rows[1] == nil and array({ rows }) or rows
end

-- A number of a column; a view may give it as a text, padded like all others.
function M.number(value)
  return decimal(type(value) == 'string' and text.trim(value) or value)
end

function M.amount(row) return M.number(row.CuryOrigDocAmt) end

-- Its currency. One that says none is in the company's, which is taken for `own`.
function M.currency(row, own) return M.text(row.CuryId) or own end

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
-- of the search.
function M.find(result, reference, type)
  local found
  for _, row in ipairs(M.rows(result)) do
    if M.text(row.User1) == reference and M.text(row.DocType) == type then
      if found ~= nil then
        error(reference .. ' stands in several documents: ' .. where(found) .. ', ' .. where(row),
          0)
      end
      found = row
    end
  end
  return found
end

return M
