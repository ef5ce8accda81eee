"""What a .tflite model needs to colorize photos; nothing here knows Keras or TensorFlow."""
