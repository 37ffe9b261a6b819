-- expect: the exponent of a decimal is a whole number
return decimal(2) ^ 1e18
