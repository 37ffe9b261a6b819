-- result: true
local odd = { nil, true, false, 0, -1, 1.5, 0 / 0, 1 / 0, math.mininteger, math.maxinteger, "", "\0",
  "x", {}, { {} }, print, null, decimal("1.5"), trigger, string }
local libraries = { string, table, math, decimal, date, text, hash, hmac, base64, hex, json, uuid }
local names = { "len", "sub", "upper", "rep", "byte", "char", "find", "match", "gsub", "gmatch", "format",
  "insert", "remove", "concat", "unpack", "pack", "sort", "move", "floor", "abs", "max", "min", "log",
  "tointeger", "type", "round", "div", "sum", "scale", "parse", "iso", "add", "diff", "parts", "trim",
  "clean", "normalise", "ascii", "cut", "pad_left", "split", "join", "replace", "sha256", "encode",
  "decode", "random", "v5", "text", "int", "float" }
for _, library in ipairs(libraries) do
  for _, name in ipairs(names) do
    local ok, f = pcall(function() return library[name] end)
    if ok then
      for i = 1, 20 do
        pcall(f, odd[i])
        pcall(f, "x", odd[i])
        pcall(f, odd[i], odd[21 - i], odd[i])
        pcall(f, {}, 1, odd[i], 1)
      end
    end
  end
end
return true
