print("lbcheck")
