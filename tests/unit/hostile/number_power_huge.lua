-- expect: the exponent of a decimal is at most 1000
return decimal(2) ^ 1e18
