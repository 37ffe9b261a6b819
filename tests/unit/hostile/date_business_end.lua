-- expect: outside of the years
return date.add_business("9999-12-31", 1)
