-- result: false
return decimal(1) == 1e308 or decimal(1) == -1 / 0 or decimal(0) == 5e-324
