-- A letter filled in: {NAME} is a value that the caller gives. One that is missing is an error, for
-- nobody gets a letter with a hole.
local M = {}

local function fill(pattern, values, letter)
  return (pattern:gsub('{(%w+)}', function(name)
    local value = values[name]
    if value == nil or value == null then
      error('letter ' .. letter .. ' wants {' .. name .. '}, which is not given', 0)
    end
    return tostring(value)
  end))
end

function M.write(asked, vars)
  local letter = lookup('letters', asked.letter)
  local to = asked.to
  if to == nil or to == null or to == '' then to = vars.finance end
  return {
    to = to, subject = fill(letter.subject, asked.values, asked.letter),
    text = fill(letter.text, asked.values, asked.letter),
  }
end

return M
