"""What somebody may try who must not: each test is one attack, and it ends without what it was after."""
