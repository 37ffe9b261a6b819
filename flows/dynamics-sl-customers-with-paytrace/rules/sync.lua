-- Customers of Dynamics SL and profiles of PayTrace as pairs, and what is to be done with each. A
-- CustId is its profile's customer_id. A profile is never made here: that takes a card, which never
-- passes; a customer is made by whoever sells to it.
local paytrace_profile = require('rules.paytrace_profile')
local profile_rules = require('rules.profile')
local sl = require('rules.sl')
local M = {}

-- Where the fields of rules/profile.lua stand in SL, and how much there is room for.
local columns = {
  name = 'Name', email = 'EMailAddr', phone = 'Phone', street = 'Addr1', street2 = 'Addr2',
  city = 'City', state = 'State', zip = 'Zip', country = 'Country',
}
local room_of_sl = { name = 60, email = 80, phone = 30, street = 60, street2 = 60, city = 30,
  state = 3, zip = 10, country = 3 }
local digits = 30 -- of the digest: User1 is a CHAR(30)

function M.of_customer(row)
  local given = {}
  for name, column in pairs(columns) do given[name] = row[column] end
  return profile_rules.canonical(given)
end

local function digest(canonical) return text.cut(profile_rules.digest(canonical), digits) end

-- What User1 says, as the digest that it is the beginning of.
local function last_of(row, left, right)
  local said = sl.text(row.User1)
  if said == digest(left) then return profile_rules.digest(left) end
  if said == digest(right) then return profile_rules.digest(right) end
  return said
end

local function to_erp(from, to)
  local fields = {}
  for name, value in pairs(profile_rules.changes(from, to)) do
    fields[columns[name]] = isnull(value) and '' or value
  end
  return fields
end

-- A person who has written 'erp' or 'gateway' into User2 has decided which side is taken over. What
-- agrees again needs no word any more.
local function decided(act, said)
  if act == 'same' and said ~= nil then return 'stamp' end
  if act == 'same' or act == 'stamp' then return act end
  if said == 'erp' then return 'to_right' end
  if said == 'gateway' then return 'to_left' end
  if act ~= 'conflict' then return act end
  return said == 'conflict' and 'told' or 'conflict'
end

local function conflict(item, said, why)
  item.act, item.why, item.fields = said == 'conflict' and 'told' or 'conflict', why, nil
  return item
end

function M.item(row, profile, vars)
  local left, right = M.of_customer(row), paytrace_profile.canonical(profile)
  local said, number = sl.text(row.User2), sl.text(row.CustId)
  local item = { number = number, fields = {} }
  local act = profile_rules.decide(left, right, last_of(row, left, right),
    vars.first == 'erp' and 'left' or 'right')
  act = decided(act, said)
  if act == 'to_right' then
    local problems = profile_rules.too_long(left, paytrace_profile.room)
    if #problems > 0 then
      return conflict(item, said, 'PayTrace has no room for it: ' .. text.join(problems, '; '))
    end
    item.act, item.profile = 'to_gateway', paytrace_profile.update(number, left)
  elseif act == 'to_left' then
    local problems = profile_rules.too_long(right, room_of_sl)
    if #problems > 0 then
      return conflict(item, said, 'SL has no room for it: ' .. text.join(problems, '; '))
    end
    item.act, item.fields, left = 'to_erp', to_erp(right, left), right
  elseif act == 'conflict' or act == 'told' then
    return conflict(item, said, 'it was changed in SL and in PayTrace')
  else
    item.act = act
  end
  item.fields.User1 = digest(left)
  if said ~= nil then item.fields.User2 = '' end
  item.sl, item.gateway = M.of_customer(row), right
  return item
end

-- The numbers of the profiles, `size` at a time: {numbers, profiles}.
function M.chunks(profiles, size)
  local chunks, numbers, some = array(), {}, array()
  for at, one in ipairs(profiles) do
    numbers[#numbers + 1], some[#some + 1] = tostring(one.customer_id), one
    if #some == size or at == #profiles then
      chunks[#chunks + 1] = { numbers = table.concat(numbers, ','), profiles = some }
      numbers, some = {}, array()
    end
  end
  return chunks
end

-- {items, counts}: items are those with something to do, counts everybody in the chunk.
function M.plan(chunk, rows, vars)
  local customers = {}
  for _, row in ipairs(sl.rows(rows)) do customers[sl.text(row.CustId)] = row end
  local plan = { items = array(), same = 0, told = 0, strangers = array() }
  for _, profile in ipairs(chunk.profiles) do
    local row = customers[tostring(profile.customer_id)]
    if row == nil then
      plan.strangers[#plan.strangers + 1] = tostring(profile.customer_id)
    else
      local item = M.item(row, profile, vars)
      if item.act == 'same' or item.act == 'told' then
        plan[item.act] = plan[item.act] + 1
      else
        plan.items[#plan.items + 1] = item
      end
    end
  end
  return plan
end

-- What became of a chunk, and of all of them.
function M.done(plan, each)
  local done = { same = plan.same, told = plan.told, strangers = #plan.strangers, to_gateway = 0,
    to_erp = 0, stamp = 0, conflict = 0, failed = 0 }
  for at, one in ipairs(each) do
    local act = one.error ~= nil and 'failed' or plan.items[at].act
    done[act] = done[act] + 1
  end
  return done
end

local kinds = { 'same', 'told', 'strangers', 'to_gateway', 'to_erp', 'stamp', 'conflict', 'failed' }

function M.result(chunks)
  local result = {}
  for _, kind in ipairs(kinds) do result[kind] = decimal.sum(chunks, kind):int() end
  return result
end

function M.came_out(result)
  local sum = 0
  for _, kind in ipairs(kinds) do sum = sum + (result and result[kind] or 0) end
  return sum
end

return M
