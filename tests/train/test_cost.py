"""Parameters and operations of a net, beside counts by hand."""
from utils.tf_compat import slim, tf
from utils.train.cost import net_cost


def test_counts_convolutions_and_matrix_products_with_two_per_multiply_add():
    def build(images, is_training):
        net = slim.conv2d(images, 8, [3, 3], scope="a")
        net = slim.separable_conv2d(net, None, [3, 3], depth_multiplier=1, scope="b")
        rows = tf.zeros([1, 20, 10])
        return tf.matmul(rows, tf.reshape(net, [1, 10, -1]))

    cost = net_cost(build, (10, 12))
    pixels = 10 * 12
    flops = 2 * pixels * (8 * 3 * 9 + 8 * 9) + 2 * 20 * 10 * (pixels * 8 // 10)
    assert cost == {"parameters": 3 * 9 * 8 + 8 + 9 * 8 + 8, "gflops": round(flops / 1e9, 3)}


def test_mobilenet_v1_has_the_published_multiply_adds():
    from archs.extractors import get_extractor
    extractor = get_extractor("mobilenet_v1", 1.0)

    def build(images, is_training):
        with slim.arg_scope(extractor.arg_scope(0.0, 0.9)):
            return extractor.net(images, is_training)[0]

    cost = net_cost(build, (224, 224))
    # arXiv 1704.04861, table 4: 569 million multiply-adds and 4.2 million parameters; 1.025
    # million of both are the classifier's 1000 outputs, which the extractor has not.
    assert abs(cost["gflops"] / 2 - .568) < .001
    assert abs(cost["parameters"] / 1e6 - 3.21) < .01
