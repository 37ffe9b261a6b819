-- expect: 'os' is not available in rules
os.execute("id")
