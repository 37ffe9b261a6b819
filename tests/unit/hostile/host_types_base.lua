-- result: true
local odd = { nil, true, 0, -1, 1.5, 0 / 0, math.mininteger, "", "\0", {}, print, null, decimal("1.5"),
  trigger, string }
local functions = { type, tostring, tonumber, isnull, coalesce, equal, error, assert, pcall, xpcall,
  select, pairs, ipairs, next, keys, array, merge, len, random, now, log, require, lookup }
for _, f in ipairs(functions) do
  for i = 1, 15 do
    pcall(f, odd[i])
    pcall(f, odd[i], odd[16 - i])
    pcall(f, odd[16 - i], odd[i], odd[i])
  end
end
return true
