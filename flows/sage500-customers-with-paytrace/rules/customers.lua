-- Customers of Sage 500 and stored profiles as pairs, and what is to be done with each. A CustID is
-- its profile's customer_id. Neither is made here: a profile takes a card, a customer a person.
local paytrace_profile = require('rules.paytrace_profile')
local profile_rules = require('rules.profile')
local M = {}

-- Where the fields of rules/profile.lua stand in Sage 500, and how much there is room for.
local columns = {
  name = 'CustName', email = 'EMailAddr', phone = 'Phone', street = 'AddrLine1',
  street2 = 'AddrLine2', city = 'City', state = 'StateID', zip = 'PostalCode',
  country = 'CountryID',
}
local staged = {
  name = 'name', email = 'email', phone = 'phone', street = 'line1', street2 = 'line2',
  city = 'city', state = 'state', zip = 'postal_code', country = 'country',
}
local sage_room = { name = 40, email = 256, phone = 17, street = 40, street2 = 40, city = 20,
  state = 3, zip = 9, country = 3 }
local sage_countries = { US = 'USA', CA = 'CAN', MX = 'MEX' }

function M.of_customer(row)
  local given = {}
  for name, column in pairs(columns) do given[name] = row[column] end
  local country = row.CountryID
  for code, id in pairs(sage_countries) do
    if country == id then given.country = code end
  end
  return profile_rules.canonical(given)
end

-- {items, no_profile, strangers}: an item for each customer who has a profile.
function M.pair(given, customers)
  if given.more then error('there are more than ' .. tostring(given.count) .. ' customers', 0) end
  local profiles, result = {}, { items = array(), no_profile = 0, strangers = array() }
  for _, one in ipairs(customers) do profiles[tostring(one.customer_id)] = one end
  for _, row in ipairs(given.rows) do
    local profile = profiles[row.CustID]
    profiles[row.CustID] = nil
    if profile == nil then
      result.no_profile = result.no_profile + 1
    else
      result.items[#result.items + 1] = {
        company = row.CompanyID, number = row.CustID, customer = M.of_customer(row),
        profile = paytrace_profile.canonical(profile),
      }
    end
  end
  for number in pairs(profiles) do result.strangers[#result.strangers + 1] = number end
  table.sort(result.strangers)
  return result
end

-- What the import is given; what is nothing at PayTrace stays as it is.
local function to_sage(profile)
  local row = {}
  for name, field in pairs(staged) do row[field] = profile[name] end
  row.country = sage_countries[profile.country or ''] or profile.country
  return row
end

local function told(item, what, last, why)
  local now_is = profile_rules.digest({ name = profile_rules.digest(item.customer),
    email = profile_rules.digest(item.profile) })
  local known = not isnull(last) and last.told == now_is
  what.act, what.why = known and 'told' or 'conflict', why
  what.memory = { digest = not isnull(last) and last.digest or null, told = now_is }
  return what
end

-- What is to be done with a pair; `last` is what is remembered of it. What this flow wrote has the
-- digest that is remembered, and comes back as no change.
function M.decide(item, last, vars)
  local digest = not isnull(last) and last.digest or nil
  local first = vars.first == 'sage' and 'left' or 'right'
  local act = profile_rules.decide(item.customer, item.profile, digest, first)
  local what = { number = item.number, act = act }
  if act == 'conflict' then
    return told(item, what, last,
      'it was changed in Sage 500 and in PayTrace: make them alike on either side')
  end
  local from, room, place = item.customer, paytrace_profile.room, 'PayTrace'
  if act == 'to_left' then from, room, place = item.profile, sage_room, 'Sage 500' end
  if act == 'to_left' or act == 'to_right' then
    local problems = profile_rules.too_long(from, room)
    if #problems > 0 then
      return told(item, what, last, place .. ' has no room for it: ' .. text.join(problems, '; '))
    end
  end
  what.memory = { digest = profile_rules.digest(from) }
  if act == 'to_right' then
    what.act, what.profile = 'to_gateway', paytrace_profile.update(item.number, from)
  elseif act == 'to_left' then
    what.act, what.row = 'to_sage', to_sage(from)
    what.refused = told(item, { number = item.number }, last, '').memory
    what.known = not isnull(last) and last.told == what.refused.told
    if what.known then what.act = 'told' end
  end
  return what
end

function M.letter(number, why)
  return {
    what = 'Customer ' .. number .. ' is not the same in Sage 500 and PayTrace', details = why,
  }
end

-- What became of a pair in the end, from the steps of its iteration.
function M.done(steps)
  local act = steps.what.act
  if act == 'to_sage' and steps.outcome.state ~= 'taken' then act = 'refused' end
  return { number = steps.what.number, act = act }
end

function M.result(pairs_of, done)
  local result = { pairs = #pairs_of.items, same = 0, stamp = 0, to_gateway = 0, to_sage = 0,
    conflict = 0, refused = 0, told = 0, failed = 0, no_profile = pairs_of.no_profile,
    strangers = pairs_of.strangers }
  for _, one in ipairs(done) do
    local act = one.error ~= nil and 'failed' or one.act
    result[act] = result[act] + 1
  end
  return result
end

function M.came_out(result)
  if result == nil then return 0 end
  return result.same + result.stamp + result.to_gateway + result.to_sage + result.conflict
    + result.refused + result.told + result.failed
end

return M
