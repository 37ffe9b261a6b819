-- result: [false,"5",false,6,false,"x"]
local a = pcall(json.encode, { b = 1, a = print })
local b = json.encode(5)
local c = pcall(json.encode, { { 1, nil, 3 } })
for i = 1, 20000 do end
local d = json.decode("6")
local e = pcall(json.decode, ("["):rep(60))
return { a, b, c, d, e, text.lower("X") }
