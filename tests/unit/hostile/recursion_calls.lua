-- result: [false,"stack overflow: more than 10000 calls within each other"]
local function f(n) return 1 + f(n + 1) end
local ok, why = pcall(f, 1)
return { ok, (why:gsub("^.-: ", "", 1)) }
