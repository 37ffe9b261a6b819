-- expect: budget of instructions
local rates = {}
for i = 1, 20000 do rates[i] = { from = "EUR", to = "USD", date = "2026-01-01", rate = 1 } end
for i = 1, 1e9 do pcall(money.convert, money(1, "EUR"), "USD", rates, "2026-01-02") end
