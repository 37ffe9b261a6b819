-- Accounts and profiles as pairs, and what is to be done with each. An account's accountnumber is
-- its profile's customer_id. A profile is never made here: that takes a card, which never passes.
local paytrace_profile = require('rules.paytrace_profile')
local profile_rules = require('rules.profile')
local M = {}

-- Where the fields of rules/profile.lua stand in Dynamics.
local columns = {
  name = 'name', email = 'emailaddress1', phone = 'telephone1', street = 'address1_line1',
  street2 = 'address1_line2', city = 'address1_city', state = 'address1_stateorprovince',
  zip = 'address1_postalcode', country = 'address1_country',
}
function M.of_account(row)
  local given = {}
  for name, column in pairs(columns) do given[name] = row[column] end
  return profile_rules.canonical(given)
end

-- What this flow wrote itself has the digest of what it wrote.
function M.news(row)
  if isnull(row.accountnumber) then return false end
  return profile_rules.digest(M.of_account(row)) ~= row.new_paytracedigest
end

local function to_erp(from, to)
  local row = {}
  for name, value in pairs(profile_rules.changes(from, to)) do row[columns[name]] = value end
  return row
end

-- A person who writes 'erp' or 'gateway' into new_paytracesync has decided a conflict.
local function decided(act, row)
  if act ~= 'conflict' then return act end
  if row.new_paytracesync == 'erp' then return 'to_right' end
  if row.new_paytracesync == 'gateway' then return 'to_left' end
  return row.new_paytracesync == 'conflict' and 'told' or 'conflict'
end

local function item_of(row, customer, vars)
  local account, profile = M.of_account(row), paytrace_profile.canonical(customer)
  local first = vars.first == 'erp' and 'left' or 'right'
  local act = profile_rules.decide(account, profile, row.new_paytracedigest, first)
  local item = { number = row.accountnumber, account = row.accountid, etag = row['@odata.etag'] }
  act = decided(act, row)
  if act == 'to_right' then
    local problems = profile_rules.too_long(account, paytrace_profile.room)
    if #problems > 0 then
      item.act = row.new_paytracesync == 'conflict' and 'told' or 'conflict'
      item.why = 'PayTrace has no room for it: ' .. text.join(problems, '; ')
      return item
    end
    item.profile = paytrace_profile.update(row.accountnumber, account)
    item.act, item.row = 'to_gateway', {}
  elseif act == 'to_left' then
    item.act, item.row = 'to_erp', to_erp(profile, account)
    account = profile
  else
    item.act, item.row = act, {}
  end
  if item.act == 'conflict' then
    item.why = 'it was changed in Dynamics and in PayTrace. Write erp or gateway into'
      .. ' new_paytracesync to say who is right.'
    return item
  end
  item.row.new_paytracedigest = profile_rules.digest(account)
  if not isnull(row.new_paytracesync) then item.row.new_paytracesync = null end
  return item
end

-- {items, pairs, same, told, no_profile, strangers}; items are those with something to do.
function M.plan(steps, vars)
  local rows, customers = array(), {}
  if steps.accounts ~= nil then
    rows = steps.accounts.items
    for _, one in ipairs(steps.profiles.customers) do customers[tostring(one.customer_id)] = one end
  else
    rows = steps.account.items
    local one = steps.profile.customer
    if not isnull(one) then customers[tostring(one.customer_id)] = one end
  end
  local plan = { items = array(), pairs = 0, same = 0, told = 0, no_profile = 0,
    strangers = array() }
  for _, row in ipairs(rows) do
    local customer = customers[row.accountnumber]
    customers[row.accountnumber] = nil
    if customer == nil then
      plan.no_profile = plan.no_profile + 1
    else
      plan.pairs = plan.pairs + 1
      local item = item_of(row, customer, vars)
      if item.act == 'same' then plan.same = plan.same + 1
      elseif item.act == 'told' then plan.told = plan.told + 1
      else plan.items[#plan.items + 1] = item end
    end
  end
  for number in pairs(customers) do plan.strangers[#plan.strangers + 1] = number end
  return plan
end

function M.result(plan, done)
  local result = { pairs = plan.pairs, same = plan.same, told = plan.told, to_gateway = 0,
    to_erp = 0, stamp = 0, conflict = 0, failed = 0, no_profile = plan.no_profile,
    strangers = plan.strangers }
  for _, one in ipairs(done) do
    local act = one.error ~= nil and 'failed' or one.act
    result[act] = result[act] + 1
  end
  return result
end

function M.came_out(result)
  if result == nil then return 0 end
  return result.same + result.told + result.to_gateway + result.to_erp + result.stamp
    + result.conflict + result.failed
end

return M
