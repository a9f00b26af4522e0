"""Scripts in the style of the years 2015 to 2018, on small data, run as they are."""

# ruff: noqa: E501 - lines were long in those years

import io
import warnings
from contextlib import redirect_stdout

import pytest

from tensorlearn import config

SCRIPTS = {}


def script(name):
    def note(code):
        SCRIPTS[name] = code

    return note


script("mnist_mlp_keras1")("""
from __future__ import print_function
import numpy as np
np.random.seed(1337)  # for reproducibility

from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.optimizers import RMSprop
from keras.utils import np_utils

batch_size = 16
nb_classes = 3
nb_epoch = 25

X_train = np.random.rand(120, 16)
y_train = X_train[:, :3].argmax(1)
X_train = X_train.astype('float32')
print(X_train.shape[0], 'train samples')
Y_train = np_utils.to_categorical(y_train, nb_classes)

model = Sequential()
model.add(Dense(32, input_shape=(16,), init='uniform'))
model.add(Activation('relu'))
model.add(Dropout(0.1))
model.add(Dense(output_dim=nb_classes))
model.add(Activation('softmax'))
model.summary()
model.compile(loss='categorical_crossentropy',
              optimizer=RMSprop(lr=0.01),
              metrics=['accuracy'])
history = model.fit(X_train, Y_train,
                    batch_size=batch_size, nb_epoch=nb_epoch,
                    verbose=0, validation_data=(X_train, Y_train))
score = model.evaluate(X_train, Y_train, verbose=0)
print('Test score:', score[0])
print('Test accuracy:', score[1])
assert score[1] > 0.7
assert model.predict_classes(X_train, verbose=0).shape == (120,)
""")

script("mnist_cnn_keras1")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten
from keras.layers import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K

img_rows, img_cols = 8, 8
nb_filters = 4
pool_size = (2, 2)
kernel_size = (3, 3)
X = np.random.RandomState(0).rand(32, img_rows, img_cols)
y = (X[:, :, :4].mean((1, 2)) > X[:, :, 4:].mean((1, 2))).astype(int)

if K.image_dim_ordering() == 'th':
    X = X.reshape(X.shape[0], 1, img_rows, img_cols)
    input_shape = (1, img_rows, img_cols)
else:
    X = X.reshape(X.shape[0], img_rows, img_cols, 1)
    input_shape = (img_rows, img_cols, 1)

model = Sequential()
model.add(Convolution2D(nb_filters, kernel_size[0], kernel_size[1],
                        border_mode='valid',
                        input_shape=input_shape))
model.add(Activation('relu'))
model.add(Convolution2D(nb_filters, kernel_size[0], kernel_size[1]))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=pool_size))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(8))
model.add(Activation('relu'))
model.add(Dense(2))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adadelta', metrics=['accuracy'])
model.fit(X, np_utils.to_categorical(y, 2), batch_size=8, nb_epoch=2, verbose=1)
assert model.output_shape == (None, 2)
""")

script("mnist_cnn_th_ordering")("""
import numpy as np
from keras import backend as K
K.set_image_dim_ordering('th')
from keras.models import Sequential
from keras.layers import Convolution2D, MaxPooling2D, Flatten, Dense
model = Sequential()
model.add(Convolution2D(4, 5, 5, border_mode='valid', input_shape=(1, 28, 28), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
assert model.layers[0].output_shape == (None, 4, 24, 24)
""")

script("imdb_lstm_keras1")("""
import numpy as np
from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers import Dense, Activation, Embedding
from keras.layers import LSTM

max_features = 50
maxlen = 8
rng = np.random.RandomState(1)
X_train = [list(rng.randint(3, 50, rng.randint(2, 12))) for _ in range(32)]
y_train = np.array([int(np.mean(x) > 26) for x in X_train])
X_train = sequence.pad_sequences(X_train, maxlen=maxlen)
print('X_train shape:', X_train.shape)

model = Sequential()
model.add(Embedding(max_features, 8, dropout=0.2))
model.add(LSTM(6, dropout_W=0.2, dropout_U=0.2))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, y_train, batch_size=8, nb_epoch=2, validation_data=(X_train, y_train), verbose=2)
score, acc = model.evaluate(X_train, y_train, batch_size=8)
""")

script("imdb_cnn_lstm_keras2")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Embedding, LSTM, Conv1D, MaxPooling1D
model = Sequential()
model.add(Embedding(30, 8, input_length=12))
model.add(Dropout(0.25))
model.add(Conv1D(4, 3, padding='valid', activation='relu', strides=1))
model.add(MaxPooling1D(pool_size=2))
model.add(LSTM(5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
x = np.random.RandomState(0).randint(0, 30, (16, 12))
model.fit(x, x[:, 0] > 15, batch_size=8, epochs=1, verbose=0)
""")

script("bidirectional_lstm")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Embedding, LSTM, Bidirectional, TimeDistributed
model = Sequential()
model.add(Embedding(20, 8, input_length=6, mask_zero=True))
model.add(Bidirectional(LSTM(4, return_sequences=True)))
model.add(Dropout(0.5))
model.add(TimeDistributed(Dense(3, activation='softmax')))
model.compile('adam', 'sparse_categorical_crossentropy', sample_weight_mode='temporal')
x = np.random.RandomState(0).randint(0, 20, (8, 6))
y = (x % 3)[..., np.newaxis]
model.fit(x, y, sample_weight=(x > 0).astype(float), epochs=1, verbose=0)
assert model.predict(x).shape == (8, 6, 3)
""")

script("siamese")("""
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Dense, Dropout, Input, Lambda
from keras.optimizers import RMSprop
from keras import backend as K

def euclidean_distance(vects):
    x, y = vects
    return K.sqrt(K.maximum(K.sum(K.square(x - y), axis=1, keepdims=True), K.epsilon()))

def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)

def contrastive_loss(y_true, y_pred):
    margin = 1
    return K.mean(y_true * K.square(y_pred) +
                  (1 - y_true) * K.square(K.maximum(margin - y_pred, 0)))

def create_base_network(input_dim):
    seq = Sequential()
    seq.add(Dense(16, input_shape=(input_dim,), activation='relu'))
    seq.add(Dropout(0.1))
    seq.add(Dense(8, activation='relu'))
    return seq

def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))

base_network = create_base_network(5)
input_a = Input(shape=(5,))
input_b = Input(shape=(5,))
processed_a = base_network(input_a)
processed_b = base_network(input_b)
distance = Lambda(euclidean_distance,
                  output_shape=eucl_dist_output_shape)([processed_a, processed_b])
model = Model([input_a, input_b], distance)
model.compile(loss=contrastive_loss, optimizer=RMSprop(), metrics=[accuracy])
rng = np.random.RandomState(0)
pairs = rng.rand(32, 2, 5)
labels = rng.randint(0, 2, 32).astype('float32')
model.fit([pairs[:, 0], pairs[:, 1]], labels, batch_size=8, epochs=2, verbose=0,
          validation_data=([pairs[:, 0], pairs[:, 1]], labels))
assert model.predict([pairs[:, 0], pairs[:, 1]]).shape == (32, 1)
""")

script("autoencoder")("""
import numpy as np
from keras.layers import Input, Dense
from keras.models import Model
from keras import regularizers

encoding_dim = 4
input_img = Input(shape=(16,))
encoded = Dense(encoding_dim, activation='relu',
                activity_regularizer=regularizers.l1(1e-5))(input_img)
decoded = Dense(16, activation='sigmoid')(encoded)
autoencoder = Model(input_img, decoded)
encoder = Model(input_img, encoded)
encoded_input = Input(shape=(encoding_dim,))
decoder_layer = autoencoder.layers[-1]
decoder = Model(encoded_input, decoder_layer(encoded_input))
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')
x = np.random.RandomState(0).rand(32, 16)
autoencoder.fit(x, x, epochs=2, batch_size=8, shuffle=True, validation_data=(x, x), verbose=0)
encoded_imgs = encoder.predict(x)
np.testing.assert_allclose(decoder.predict(encoded_imgs), autoencoder.predict(x), rtol=1e-4)
""")

script("variational_autoencoder")("""
import numpy as np
from keras.layers import Lambda, Input, Dense
from keras.models import Model
from keras.losses import mse, binary_crossentropy
from keras import backend as K

def sampling(args):
    z_mean, z_log_var = args
    batch = K.shape(z_mean)[0]
    dim = K.int_shape(z_mean)[1]
    epsilon = K.random_normal(shape=(batch, dim))
    return z_mean + K.exp(0.5 * z_log_var) * epsilon

original_dim = 12
inputs = Input(shape=(original_dim,), name='encoder_input')
x = Dense(8, activation='relu')(inputs)
z_mean = Dense(2, name='z_mean')(x)
z_log_var = Dense(2, name='z_log_var')(x)
z = Lambda(sampling, output_shape=(2,), name='z')([z_mean, z_log_var])
encoder = Model(inputs, [z_mean, z_log_var, z], name='encoder')
latent_inputs = Input(shape=(2,), name='z_sampling')
x = Dense(8, activation='relu')(latent_inputs)
outputs = Dense(original_dim, activation='sigmoid')(x)
decoder = Model(latent_inputs, outputs, name='decoder')
outputs = decoder(encoder(inputs)[2])
vae = Model(inputs, outputs, name='vae_mlp')
reconstruction_loss = binary_crossentropy(inputs, outputs)
reconstruction_loss *= original_dim
kl_loss = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)
kl_loss = K.sum(kl_loss, axis=-1)
kl_loss *= -0.5
vae_loss = K.mean(reconstruction_loss + kl_loss)
vae.add_loss(vae_loss)
vae.compile(optimizer='adam')
data = np.random.RandomState(0).rand(16, original_dim)
history = vae.fit(data, epochs=3, batch_size=8, verbose=0)
assert history.history['loss'][0] > 5
""")

script("custom_layer_keras2")("""
import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras.models import Sequential

class MyLayer(Layer):

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super(MyLayer, self).__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(name='kernel',
                                      shape=(input_shape[1], self.output_dim),
                                      initializer='uniform',
                                      trainable=True)
        super(MyLayer, self).build(input_shape)  # Be sure to call this at the end

    def call(self, x):
        return K.dot(x, self.kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

model = Sequential([MyLayer(3, input_shape=(4,)), MyLayer(1)])
model.compile('sgd', 'mse')
model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
assert model.count_params() == 15
""")

script("custom_layer_keras1")("""
import numpy as np
from keras import backend as K
from keras import initializations
from keras.engine.topology import Layer
from keras.models import Sequential

class MyLayer(Layer):
    def __init__(self, output_dim, init='glorot_uniform', **kwargs):
        self.output_dim = output_dim
        self.init = initializations.get(init)
        super(MyLayer, self).__init__(**kwargs)

    def build(self, input_shape):
        input_dim = input_shape[1]
        self.W = self.init((input_dim, self.output_dim), name='{}_W'.format(self.name))
        self.b = K.zeros((self.output_dim,), name='{}_b'.format(self.name))
        self.trainable_weights = [self.W, self.b]

    def call(self, x, mask=None):
        return K.dot(x, self.W) + self.b

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)

model = Sequential()
model.add(MyLayer(3, input_shape=(4,)))
model.add(MyLayer(1))
model.compile('sgd', 'mse')
before = model.get_weights()
model.fit(np.ones((8, 4)), np.ones((8, 1)), nb_epoch=1, verbose=0)
after = model.get_weights()
assert [w.shape for w in after] == [(4, 3), (3,), (3, 1), (1,)]
assert not np.allclose(before[0], after[0])
""")

script("functional_multi_io")("""
import numpy as np
import keras
from keras.layers import Input, Embedding, LSTM, Dense
from keras.models import Model

main_input = Input(shape=(10,), dtype='int32', name='main_input')
x = Embedding(output_dim=8, input_dim=30, input_length=10)(main_input)
lstm_out = LSTM(4)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(8, activation='relu')(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop',
              loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2})
rng = np.random.RandomState(0)
headline_data = rng.randint(0, 30, (16, 10))
additional_data = rng.rand(16, 5)
labels = rng.randint(0, 2, 16)
model.fit({'main_input': headline_data, 'aux_input': additional_data},
          {'main_output': labels, 'aux_output': labels},
          epochs=1, batch_size=8, verbose=0)
assert model.metrics_names == ['loss', 'main_output_loss', 'aux_output_loss']
assert [p.shape for p in model.predict([headline_data, additional_data])] == [(16, 1)] * 2
""")

script("functional_keras1_merge")("""
import numpy as np
from keras.layers import Input, Dense, merge
from keras.models import Model
a = Input(shape=(4,))
b = Input(shape=(4,))
h = merge([Dense(3)(a), Dense(3)(b)], mode='concat', concat_axis=-1)
model = Model(input=[a, b], output=Dense(1)(h))
model.compile('sgd', 'mse')
model.fit([np.ones((4, 4))] * 2, np.ones((4, 1)), nb_epoch=1, verbose=0)
assert model.output_shape == (None, 1)
""")

script("two_sequentials_merged")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Merge, Dense
left_branch = Sequential()
left_branch.add(Dense(4, input_dim=5))
right_branch = Sequential()
right_branch.add(Dense(4, input_dim=3))
merged = Merge([left_branch, right_branch], mode='concat')
final_model = Sequential()
final_model.add(merged)
final_model.add(Dense(2, activation='softmax'))
final_model.compile(optimizer='rmsprop', loss='categorical_crossentropy')
final_model.fit([np.ones((4, 5)), np.ones((4, 3))], np.eye(2)[[0, 1, 0, 1]], verbose=0)
assert final_model.output_shape == (None, 2)
""")

script("residual_and_inception")("""
import keras
from keras.layers import Conv2D, MaxPooling2D, Input
from keras.models import Model
x = Input(shape=(8, 8, 3))
y = Conv2D(3, (3, 3), padding='same')(x)
z = keras.layers.add([x, y])
tower_1 = Conv2D(4, (1, 1), padding='same', activation='relu')(z)
tower_1 = Conv2D(4, (3, 3), padding='same', activation='relu')(tower_1)
tower_3 = MaxPooling2D((3, 3), strides=(1, 1), padding='same')(z)
tower_3 = Conv2D(4, (1, 1), padding='same', activation='relu')(tower_3)
output = keras.layers.concatenate([tower_1, tower_3], axis=-1)
model = Model(x, output)
assert model.output_shape == (None, 8, 8, 8)
""")

script("frozen_base_then_fine_tuning")("""
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Dense, BatchNormalization
base = Sequential([Dense(6, activation='relu', input_dim=4), BatchNormalization()])
top = Dense(2, activation='softmax')
model = Model(inputs=base.input, outputs=top(base.output))
for layer in base.layers:
    layer.trainable = False
model.compile('sgd', 'categorical_crossentropy')
before = base.get_weights()
x, y = np.random.rand(8, 4), np.eye(2)[[0, 1] * 4]
model.fit(x, y, epochs=1, verbose=0)
for a, b in zip(base.get_weights(), before):
    np.testing.assert_array_equal(a, b)
for layer in model.layers[:2]:
    layer.trainable = True
model.compile('sgd', 'categorical_crossentropy')
model.fit(x, y, epochs=1, verbose=0)
assert not np.allclose(base.get_weights()[0], before[0])
""")

script("custom_loss_and_saving")("""
import os, tempfile
import numpy as np
import keras.backend as K
import keras.losses
from keras.models import Sequential, load_model
from keras.layers import Dense

def root_mean_squared_error(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))

model = Sequential([Dense(1, input_dim=3)])
model.compile('adam', root_mean_squared_error, metrics=[root_mean_squared_error])
model.fit(np.ones((4, 3)), np.zeros(4), verbose=0)
path = os.path.join(tempfile.mkdtemp(), 'model.h5')
model.save(path)
del model
model = load_model(path, custom_objects={'root_mean_squared_error': root_mean_squared_error})
assert model.metrics_names == ['loss', 'root_mean_squared_error']
keras.losses.root_mean_squared_error = root_mean_squared_error
load_model(path)
""")

script("intermediate_outputs")("""
import numpy as np
from keras import backend as K
from keras.models import Sequential, Model
from keras.layers import Dense, Dropout
model = Sequential([Dense(4, input_dim=3, name='first'), Dropout(0.5), Dense(2)])
x = np.ones((2, 3))
get_first = K.function([model.layers[0].input], [model.layers[0].output])
direct = get_first([x])[0]
with_phase = K.function([model.layers[0].input, K.learning_phase()], [model.layers[2].output])
np.testing.assert_allclose(with_phase([x, 0])[0], model.predict(x), rtol=1e-5)
part = Model(inputs=model.input, outputs=model.get_layer('first').output)
np.testing.assert_allclose(part.predict(x), direct, rtol=1e-5)
grads = K.gradients(K.mean(model.output), model.input)[0]
iterate = K.function([model.input], [grads])
assert iterate([x])[0].shape == (2, 3)
""")

script("text_to_matrix")("""
import numpy as np
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.utils import to_categorical
from keras import models, layers
docs = ['Well done!', 'Good work', 'Great effort', 'nice work', 'Excellent!',
        'Weak', 'Poor effort!', 'not good', 'poor work', 'Could have done better.']
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
t = Tokenizer()
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
padded_docs = pad_sequences(t.texts_to_sequences(docs), maxlen=4, padding='post')
model = models.Sequential()
model.add(layers.Embedding(vocab_size, 8, input_length=4))
model.add(layers.Flatten())
model.add(layers.Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['acc'])
model.fit(padded_docs, labels, epochs=60, verbose=0)
loss, accuracy = model.evaluate(padded_docs, labels, verbose=0)
assert accuracy >= 0.8, accuracy
assert t.texts_to_matrix(docs, mode='tfidf').shape == (10, vocab_size)
""")

script("callbacks_keras2")("""
import os, tempfile
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.callbacks import (Callback, EarlyStopping, ModelCheckpoint, LearningRateScheduler,
                             CSVLogger, ReduceLROnPlateau, LambdaCallback, TerminateOnNaN)

class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))

folder = tempfile.mkdtemp()
model = Sequential([Dense(4, activation='tanh', input_dim=3), Dense(1)])
model.compile('sgd', 'mse')
x = np.random.RandomState(0).rand(32, 3)
y = x.sum(1)
history = LossHistory()
path = os.path.join(folder, 'weights.{epoch:02d}-{val_loss:.2f}.hdf5')
model.fit(x, y, validation_split=0.25, epochs=3, batch_size=8, verbose=0, callbacks=[
    history, EarlyStopping(monitor='val_loss', patience=2),
    ModelCheckpoint(path, monitor='val_loss', verbose=0, save_best_only=True),
    LearningRateScheduler(lambda epoch: 0.01 / (1 + epoch)), TerminateOnNaN(),
    CSVLogger(os.path.join(folder, 'log.csv')), ReduceLROnPlateau(patience=1),
    LambdaCallback(on_epoch_end=lambda epoch, logs: None)])
assert len(history.losses) == 9
assert len(os.listdir(folder)) >= 2
""")

script("fit_generator_keras1")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
seen = []
def generate_arrays():
    rng = np.random.RandomState(0)
    while 1:
        x = rng.rand(4, 3)
        seen.append(1)
        yield (x, x.sum(1))
model = Sequential([Dense(1, input_dim=3)])
model.compile('sgd', 'mse')
history = model.fit_generator(generate_arrays(), samples_per_epoch=8, nb_epoch=2, verbose=0,
                              validation_data=(np.ones((4, 3)), np.ones(4)))
assert len(history.history['val_loss']) == 2
assert np.isscalar(model.evaluate_generator(generate_arrays(), val_samples=8))
""")

script("fit_generator_keras2_images")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Conv2D, Flatten, Dense
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical, Sequence
rng = np.random.RandomState(0)
x_train, y_train = rng.rand(24, 8, 8, 3), to_categorical(rng.randint(0, 2, 24), 2)
datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True,
                             rotation_range=20, width_shift_range=0.2,
                             height_shift_range=0.2, horizontal_flip=True)
datagen.fit(x_train)
model = Sequential([Conv2D(2, 3, input_shape=(8, 8, 3)), Flatten(), Dense(2, activation='softmax')])
model.compile('sgd', 'categorical_crossentropy')
model.fit_generator(datagen.flow(x_train, y_train, batch_size=8),
                    steps_per_epoch=len(x_train) // 8, epochs=2, verbose=0)
for e in range(1):
    batches = 0
    for x_batch, y_batch in datagen.flow(x_train, y_train, batch_size=8):
        model.train_on_batch(x_batch, y_batch)
        batches += 1
        if batches >= len(x_train) / 8:
            break

class Batches(Sequence):
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return x_train[i * 8:i * 8 + 8], y_train[i * 8:i * 8 + 8]

model.fit_generator(Batches(), epochs=2, workers=2, max_queue_size=2, verbose=0)
assert model.predict_generator(Batches()).shape == (24, 2)
""")

script("stateful_lstm")("""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, LSTM
batch_size = 4
model = Sequential()
model.add(LSTM(5, input_shape=(3, 1), batch_size=batch_size, return_sequences=True, stateful=True))
model.add(LSTM(5, return_sequences=False, stateful=True))
model.add(Dense(1))
model.compile(loss='mse', optimizer='rmsprop')
x = np.random.RandomState(0).rand(8, 3, 1)
for i in range(2):
    model.fit(x, x[:, -1], batch_size=batch_size, epochs=1, verbose=0, shuffle=False)
    model.reset_states()
assert model.predict(x, batch_size=batch_size).shape == (8, 1)
""")

script("seq2seq")("""
import numpy as np
from keras.models import Model
from keras.layers import Input, LSTM, Dense
encoder_inputs = Input(shape=(None, 5))
encoder = LSTM(4, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]
decoder_inputs = Input(shape=(None, 6))
decoder_lstm = LSTM(4, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(6, activation='softmax')
decoder_outputs = decoder_dense(decoder_outputs)
model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer='rmsprop', loss='categorical_crossentropy')
rng = np.random.RandomState(0)
model.fit([rng.rand(8, 3, 5), rng.rand(8, 4, 6)], np.eye(6)[rng.randint(0, 6, (8, 4))],
          epochs=1, verbose=0)
encoder_model = Model(encoder_inputs, encoder_states)
decoder_state_input_h = Input(shape=(4,))
decoder_state_input_c = Input(shape=(4,))
inputs = [decoder_state_input_h, decoder_state_input_c]
decoder_outputs, state_h, state_c = decoder_lstm(decoder_inputs, initial_state=inputs)
decoder_model = Model([decoder_inputs] + inputs, [decoder_dense(decoder_outputs), state_h, state_c])
states = encoder_model.predict(rng.rand(1, 3, 5))
found = decoder_model.predict([rng.rand(1, 1, 6)] + states)
assert [f.shape for f in found] == [(1, 1, 6), (1, 4), (1, 4)]
""")

script("gan")("""
import numpy as np
from keras.models import Sequential, Model
from keras.layers import Input, Dense, LeakyReLU, BatchNormalization
from keras.optimizers import Adam
discriminator = Sequential([Dense(8, input_dim=2), LeakyReLU(alpha=0.2), Dense(1, activation='sigmoid')])
discriminator.compile(loss='binary_crossentropy', optimizer=Adam(0.0002, 0.5), metrics=['accuracy'])
generator = Sequential([Dense(8, input_dim=3), LeakyReLU(0.2), BatchNormalization(momentum=0.8), Dense(2)])
z = Input(shape=(3,))
img = generator(z)
discriminator.trainable = False
valid = discriminator(img)
combined = Model(z, valid)
combined.compile(loss='binary_crossentropy', optimizer=Adam(0.0002, 0.5))
rng = np.random.RandomState(0)
assert len(combined.trainable_weights) == 6
for _ in range(2):
    fake = generator.predict(rng.normal(size=(4, 3)))
    before = discriminator.get_weights()
    d_loss = discriminator.train_on_batch(fake, np.zeros((4, 1)))
    assert not np.allclose(before[0], discriminator.get_weights()[0])
    middle = discriminator.get_weights()
    g_loss = combined.train_on_batch(rng.normal(size=(4, 3)), np.ones((4, 1)))
    np.testing.assert_array_equal(middle[0], discriminator.get_weights()[0])
""")


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_runs(name):
    config.set_seed(0)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", UserWarning)  # old spellings warn by design
        exec(compile(SCRIPTS[name], name, "exec"), {"__name__": "__main__"})
