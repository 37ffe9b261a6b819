-- expect: 'coroutine' is not available in rules
for i = 1, 1e9 do coroutine.wrap(function() for j = 1, 2e5 do end end)() end
