-- expect: budget of instructions
for i = 1, 1e9 do
  pcall(date.format, 0, "EEE " .. i, "+0" .. i % 10 .. ":00")
end
