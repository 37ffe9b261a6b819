-- A customer's stored profile at PayTrace, for whoever keeps it alike with an ERP
-- (rules/profile.lua).
local profile_rules = require('rules.profile')
local M = {}

local address = {
  name = 'name', street = 'street_address', street2 = 'street_address2', city = 'city',
  state = 'state', zip = 'zip', country = 'country',
}

-- How much there is room for.
M.room = { name = 50, email = 100, phone = 20, street = 50, street2 = 50, city = 40, state = 2,
  zip = 10, country = 2 }

-- As both sides see it.
function M.canonical(customer)
  local billing = isnull(customer.billing_address) and {} or customer.billing_address
  local given = { email = customer.email, phone = customer.phone }
  for name, field in pairs(address) do given[name] = billing[field] end
  return profile_rules.canonical(given)
end

-- What update_customer is given. PayTrace takes the address as a whole, and an empty text where
-- there is nothing any more.
function M.update(number, customer)
  local billing = {}
  for name, field in pairs(address) do billing[field] = customer[name] or '' end
  if billing.country == '' then billing.country = nil end
  return { customer_id = number, billing_address = billing, email = customer.email or '',
    phone = customer.phone or '' }
end

return M
