"""What a made-up survey of a real town looks like: a seeded world, written as a contractor's deliveries."""
