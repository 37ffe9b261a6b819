-- expect: zero
return decimal(1) / 0
