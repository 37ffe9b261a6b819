-- expect: stopped
local s = ("\u{FDFA}"):rep(1000)
while true do s = text.normalise(s .. "\u{FDFA}", "NFKC") .. ("\u{FDFA}"):rep(1000) end
