-- expect: more than
local s = "[" .. ("[],"):rep(200000) .. "[]]"
local t = {}
while true do t[#t + 1] = json.decode(s) end
